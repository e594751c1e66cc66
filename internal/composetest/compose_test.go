package composetest_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/secretbox"
)

// isTask tells services that do one thing and end from those that run.
func isTask(service types.ServiceConfig) bool { return service.Restart == "on-failure:5" }

func TestCompose_HasTheServicesItPromises(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Equal(t, []string{
		"postgres", "surehook", "surehook-migrate", "temporal", "temporal-namespace", "temporal-schema", "temporal-ui",
	}, slices.Sorted(maps.Keys(b.project.Services)))
}

func TestCompose_AsksForWhatIsMissing(t *testing.T) {
	t.Parallel()

	commands := map[string]string{
		"POSTGRES_PASSWORD":     "openssl rand -hex 24",
		"SUREHOOK_KEYSET":       "docker run --rm surehook:local keyset",
		"SUREHOOK_OPERATOR_KEY": "docker run --rm surehook:local operator-key",
	}

	for _, name := range required {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := load(t, without(fillIn(t), name))
			require.ErrorContains(t, err, name)
			require.ErrorContains(t, err, commands[name], "it does not say how to make one")
		})
	}
}

func TestCompose_ImagesArePinned(t *testing.T) {
	t.Parallel()

	for name, service := range setup(t).project.Services {
		if service.Build != nil {
			require.Equal(t, "surehook:local", service.Image, name)

			continue
		}

		requirePinned(t, service.Image)
	}
}

func TestCompose_EveryServiceRunsOrEnds(t *testing.T) {
	t.Parallel()

	for name, service := range setup(t).project.Services {
		if isTask(service) {
			require.Nil(t, service.HealthCheck, "%s ends, so it cannot be healthy", name)

			continue
		}

		require.NotZero(t, service.MemLimit, "%s may take all memory", name)
		require.Equal(t, types.RestartPolicyUnlessStopped, service.Restart, name)
		require.NotNil(t, service.HealthCheck, "%s has no health check", name)
		require.False(t, service.HealthCheck.Disable, name)
		require.NotEmpty(t, service.HealthCheck.Test, name)
	}
}

func TestCompose_ServicesWaitForWhatTheyNeed(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, service := range b.project.Services {
		for other, dependency := range service.DependsOn {
			want := types.ServiceConditionHealthy
			if isTask(b.project.Services[other]) {
				want = types.ServiceConditionCompletedSuccessfully
			}

			require.Equal(t, want, dependency.Condition, "%s waits for %s", name, other)
		}
	}

	require.ElementsMatch(t, []string{"postgres", "surehook-migrate", "temporal", "temporal-namespace"},
		b.project.Services["surehook"].GetDependencies())
}

// docker compose up --wait takes a service that has ended, and that nobody waits for, to have failed.
func TestCompose_EveryTaskIsWaitedFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	waitedFor := make(map[string]bool)

	for _, service := range b.project.Services {
		for other := range service.DependsOn {
			waitedFor[other] = true
		}
	}

	for name, service := range b.project.Services {
		require.True(t, !isTask(service) || waitedFor[name], "nobody waits for %s", name)
	}
}

func TestCompose_PortsAreOpenToThisMachineOnly(t *testing.T) {
	t.Parallel()

	open := make(map[string]string)

	for name, service := range setup(t).project.Services {
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, name)

			open[name] = port.Published
		}
	}

	require.Equal(t, map[string]string{"surehook": "8080", "temporal-ui": "8233"}, open)
}

func TestCompose_DataIsInNamedVolumes(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, service := range b.project.Services {
		for _, volume := range service.Volumes {
			require.Equal(t, types.VolumeTypeVolume, volume.Type, name)
			require.Contains(t, b.project.Volumes, volume.Source, name)
		}
	}

	// The place is that of the official image from version 18 on; below data, it would keep nothing.
	require.Equal(t, "/var/lib/postgresql", b.project.Services["postgres"].Volumes[0].Target)
}

func TestCompose_EverySettingExists(t *testing.T) {
	t.Parallel()

	known := settings()

	for name, service := range setup(t).project.Services {
		for variable := range service.Environment {
			if settingName.MatchString(variable) {
				require.True(t, known[variable], "%s sets %s, which is no setting", name, variable)
			}
		}
	}
}

func TestCompose_TheConfigurationIsValid(t *testing.T) {
	t.Parallel()

	b := setup(t)
	c := configuration(t, b.project.Services["surehook"])
	require.NoError(t, c.Validate())
	require.Equal(t, "temporal:7233", c.TemporalAddress)
	require.Equal(t, ":8080", c.HTTPAddress, "it listens on loopback inside its container, where nobody can reach it")
	require.Equal(t, "http://localhost:8233", c.TemporalUIURL)
	require.True(t, c.Has(config.RoleAPI))
	require.True(t, c.Has(config.RoleWorker))

	migrate := configuration(t, b.project.Services["surehook-migrate"])
	require.Equal(t, c.DatabaseURL, migrate.DatabaseURL)
	require.Empty(t, migrate.Keyset+migrate.OperatorKey, "migrations need no secrets of Surehook")
}

func TestCompose_SecretsArriveAsTheyWereMade(t *testing.T) {
	t.Parallel()

	b := setup(t)
	c := configuration(t, b.project.Services["surehook"])

	keyset, err := c.ReadKeyset()
	require.NoError(t, err)
	require.Equal(t, b.values["SUREHOOK_KEYSET"], string(keyset))

	_, err = secretbox.New(keyset)
	require.NoError(t, err)

	_, _, err = apikey.Parse(c.OperatorKey)
	require.NoError(t, err)

	for _, name := range []string{"surehook", "surehook-migrate"} {
		require.Equal(t, b.values["POSTGRES_PASSWORD"], *b.project.Services[name].Environment["PGPASSWORD"])
		require.NotContains(t, *b.project.Services[name].Environment["SUREHOOK_DATABASE_URL"], b.values["POSTGRES_PASSWORD"])
	}
}

func TestCompose_SettingsOfTheEnvFileReachSurehook(t *testing.T) {
	t.Parallel()

	values := fillIn(t)
	values["SUREHOOK_KEYSET"] += "\nSUREHOOK_LOG_LEVEL=DEBUG\nSUREHOOK_TEMPORAL_ADDRESS=elsewhere:7233\nUI_PORT=9233"

	project, err := load(t, values)
	require.NoError(t, err)

	c := configuration(t, project.Services["surehook"])
	require.Equal(t, "DEBUG", c.LogLevel.String())
	require.Equal(t, "temporal:7233", c.TemporalAddress, "what fits the other services must win")
	require.Equal(t, "http://localhost:9233", c.TemporalUIURL)
}

func TestCompose_SurehookHasTheTimeToFinish(t *testing.T) {
	t.Parallel()

	service := setup(t).project.Services["surehook"]
	require.NotNil(t, service.StopGracePeriod)
	require.Greater(t, time.Duration(*service.StopGracePeriod), configuration(t, service).ShutdownTimeout)
}

func TestCompose_SurehookHasNoPrivileges(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, name := range []string{"surehook", "surehook-migrate"} {
		service := b.project.Services[name]
		require.Equal(t, []string{"ALL"}, service.CapDrop, name)
		require.Empty(t, service.CapAdd, name)
		require.True(t, service.ReadOnly, name)
	}

	for name, service := range b.project.Services {
		require.False(t, service.Privileged, name)
		require.Contains(t, service.SecurityOpt, "no-new-privileges:true", name)
	}
}

func TestCompose_TemporalIsGivenItsDynamicConfig(t *testing.T) {
	t.Parallel()

	b := setup(t)
	service := b.project.Services["temporal"]
	require.Len(t, service.Configs, 1)
	require.Equal(t, *service.Environment["DYNAMIC_CONFIG_FILE_PATH"], service.Configs[0].Target)
	require.NotNil(t, service.Configs[0].Mode, "some versions of Compose would make it readable for root only")
	require.Equal(t, types.FileMode(0o444), *service.Configs[0].Mode)
	require.Contains(t, b.project.Configs[service.Configs[0].Source].Content, "system.enableEagerWorkflowStart")
}

// configuration is what the program makes of a service's environment.
func configuration(t *testing.T, service types.ServiceConfig) config.Config {
	t.Helper()

	environment := make(map[string]string)

	for name, value := range service.Environment {
		if value != nil {
			environment[name] = *value
		}
	}

	var c config.Config

	require.NoError(t, env.ParseWithOptions(&c, env.Options{Environment: environment}))

	return c
}
