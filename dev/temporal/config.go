package temporal

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
)

const (
	// clusterName is stored in the database with the first start.
	clusterName = "active"

	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"

	// Each of the four services opens a pool per store. The maxima keep all of
	// them together below 150 connections of the 300 the development Postgres
	// allows; idle connections are kept, since opening one costs more than the
	// statement it is for.
	mainConns       = 24
	visibilityConns = 10
)

// stores are the connection settings of Temporal's two databases.
type stores struct {
	main, visibility *config.SQL
}

// sqlStore returns the settings for one database of a Postgres server.
func sqlStore(hostPort, user, password, database string, attributes map[string]string, conns int) *config.SQL {
	return &config.SQL{
		ConnectAddr:       hostPort,
		ConnectAttributes: attributes,
		ConnectProtocol:   "tcp",
		DatabaseName:      database,
		MaxConnLifetime:   time.Hour,
		MaxConns:          conns,
		MaxIdleConns:      conns,
		Password:          password,
		PluginName:        postgresql.PluginNamePGX,
		User:              user,
	}
}

// serverConfig is the static configuration of a single-node server without
// archival, metrics endpoint, profiler, or HTTP API.
func serverConfig(stores stores, ports ports, shards int32) *config.Config {
	frontend := ports.address(ports.frontend)
	cfg := &config.Config{
		ClusterMetadata: &cluster.Config{
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
			CurrentClusterName:       clusterName,
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Persistence: config.Persistence{
			DataStores: map[string]config.DataStore{
				mainDatabase:       {SQL: stores.main},
				visibilityDatabase: {SQL: stores.visibility},
			},
			DefaultStore:     mainDatabase,
			NumHistoryShards: shards,
			VisibilityStore:  visibilityDatabase,
		},
		PublicClient: config.PublicClient{HostPort: frontend},
		Services: map[string]config.Service{
			"frontend": {RPC: config.RPC{BindOnIP: loopback, GRPCPort: ports.frontend}},
			"history":  {RPC: config.RPC{BindOnIP: loopback, GRPCPort: ports.history}},
			"matching": {RPC: config.RPC{BindOnIP: loopback, GRPCPort: ports.matching}},
			"worker":   {RPC: config.RPC{BindOnIP: loopback, GRPCPort: ports.worker}},
		},
	}
	cfg.Archival.History.State = "disabled"
	cfg.Archival.Visibility.State = "disabled"
	cfg.NamespaceDefaults.Archival.History.State = "disabled"
	cfg.NamespaceDefaults.Archival.Visibility.State = "disabled"
	cfg.Global.Membership.BroadcastAddress = loopback
	return cfg
}
