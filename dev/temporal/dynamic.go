package temporal

import (
	"go.temporal.io/server/common/dynamicconfig"
)

// unlimited is a rate nobody reaches on one machine. The server has no "off".
const unlimited = 1_000_000

// dynamicConfig holds the settings the server reads while it runs. They fall
// in three groups: what Surehook relies on, limits that would otherwise cap a
// benchmark instead of the hardware doing so, and background work that a
// development server does not need.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// The first workflow task travels back with the answer to the start
		// request, without a trip through matching. On by default in this
		// release; stated because deliveries depend on it.
		dynamicconfig.EnableEagerWorkflowStart.Key(): true,

		// Several tests and a person in the Web UI search at once; the default
		// of ten a second per namespace makes the UI stutter.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        unlimited,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): unlimited,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  unlimited,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           unlimited,
		dynamicconfig.FrontendRPS.Key():                                         unlimited,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            unlimited,
		dynamicconfig.HistoryRPS.Key():                                          unlimited,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           unlimited,
		dynamicconfig.MatchingRPS.Key():                                         unlimited,
		dynamicconfig.VisibilityPersistenceMaxReadQPS.Key():                     unlimited,
		dynamicconfig.VisibilityPersistenceMaxWriteQPS.Key():                    unlimited,
		dynamicconfig.WorkerPersistenceMaxQPS.Key():                             unlimited,

		// Registering the namespace and search attributes is limited to one a
		// second with a burst, which only slows a first start down.
		dynamicconfig.FrontendMaxNamespaceNamespaceReplicationInducingAPIsRPSPerInstance.Key(): 100,
		dynamicconfig.FrontendNamespaceReplicationInducingAPIsRPS.Key():                        100,

		// One partition per task queue: with one matching host the usual four
		// only forward tasks and polls to each other.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// Scanners look for garbage in databases of great age or size, at the
		// price of pollers that never rest.
		dynamicconfig.HistoryScannerEnabled.Key():   false,
		dynamicconfig.TaskQueueScannerEnabled.Key(): false,

		// Only a parent with more than ten children when it closes would use
		// this worker; without it the history service does the work itself.
		dynamicconfig.EnableParentClosePolicyWorker.Key(): false,

		// A cap on memory: executions kept in the cache, 128,000 by default.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 16_000,

		// Nobody needs to be told about newer releases of this copy.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}
