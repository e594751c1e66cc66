package composetest_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// pinned is an image with a tag that names a version, and perhaps a digest.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?[0-9]+\.[0-9]+[^:@]*(@sha256:[0-9a-f]{64})?$`)

func requirePinned(t *testing.T, image string) {
	t.Helper()
	require.Regexp(t, pinned, image, "an image must be pinned to a version")
}

func tag(image string) string {
	_, after, _ := strings.Cut(image, ":")

	return after
}

func TestDockerfile_ImagesArePinned(t *testing.T) {
	t.Parallel()

	bases := baseImages(t)
	require.Len(t, bases, 3)

	for _, image := range bases {
		requirePinned(t, image)
	}
}

func TestDockerfile_IsBuiltWithTheVersionOfTheModule(t *testing.T) {
	t.Parallel()

	module, err := modfile.Parse("go.mod", []byte(read(t, "go.mod")), nil)
	require.NoError(t, err)

	n := slices.IndexFunc(baseImages(t), func(image string) bool { return strings.HasPrefix(image, "golang:") })
	require.GreaterOrEqual(t, n, 0)

	version, _, _ := strings.Cut(tag(baseImages(t)[n]), "-")
	require.Equal(t, module.Go.Version, version)
}

func TestDockerfile_RunsAsNobody(t *testing.T) {
	t.Parallel()

	users := regexp.MustCompile(`(?m)^USER (\S+)$`).FindAllStringSubmatch(read(t, "Dockerfile"), -1)
	require.NotEmpty(t, users)

	last := users[len(users)-1][1]
	require.Regexp(t, `^[1-9][0-9]*:[1-9][0-9]*$`, last, "of a name, nobody can tell that it is not root's")
}

func TestFiles_EverySettingTheyNameExists(t *testing.T) {
	t.Parallel()

	known := settings()

	for _, name := range []string{".env.example", "Dockerfile", "docker-compose.yml", "docs/deployment.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found := settingName.FindAllString(read(t, name), -1)
			require.NotEmpty(t, found)

			for _, one := range found {
				require.True(t, known[one], "%s is no setting", one)
			}
		})
	}
}

func TestEnvExample_LeavesOpenWhatHasToBeFilledIn(t *testing.T) {
	t.Parallel()

	var open []string

	for _, match := range regexp.MustCompile(`(?m)^([A-Z_]+)=(.*)$`).FindAllStringSubmatch(read(t, ".env.example"), -1) {
		require.Empty(t, match[2], "%s has a value, which everybody would then have", match[1])

		open = append(open, match[1])
	}

	require.ElementsMatch(t, required, open)
}

func TestEnvExample_HasEveryVariableOfTheComposeFile(t *testing.T) {
	t.Parallel()

	example := read(t, ".env.example")

	for _, match := range regexp.MustCompile(`\$\{([A-Z_]+)`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1) {
		require.Regexp(t, `(?m)^#?`+match[1]+`=`, example, "%s is not explained", match[1])
	}
}

func TestCompose_VersionsAreThoseOfTheDevelopmentStack(t *testing.T) {
	t.Parallel()

	module, err := modfile.Parse("go.mod", []byte(read(t, "dev/go.mod")), nil)
	require.NoError(t, err)

	versions := make(map[string]string)
	for _, one := range module.Require {
		versions[one.Mod.Path] = strings.TrimPrefix(one.Mod.Version, "v")
	}

	services := setup(t).project.Services

	for _, name := range []string{"temporal", "temporal-namespace", "temporal-schema"} {
		require.Equal(t, versions["go.temporal.io/server"], tag(services[name].Image), name)
	}

	require.Equal(t, versions["github.com/temporalio/ui-server/v2"], tag(services["temporal-ui"].Image))
}

// The URL of the compose file has no password in it, so this is what opens the database.
func TestCompose_ThePasswordIsReadFromItsOwnVariable(t *testing.T) {
	t.Setenv("PGPASSWORD", `p@ss:w/rd?#%`)

	parsed, err := pgxpool.ParseConfig(*setup(t).project.Services["surehook"].Environment["SUREHOOK_DATABASE_URL"])
	require.NoError(t, err)
	require.Equal(t, `p@ss:w/rd?#%`, parsed.ConnConfig.Password)
	require.Equal(t, "surehook", parsed.ConnConfig.User)
	require.Equal(t, "surehook", parsed.ConnConfig.Database)
}

func TestDockerignore_LetsEverythingThroughThatSurehookIsBuiltFrom(t *testing.T) {
	t.Parallel()

	let := make(map[string]bool)

	for one := range strings.Lines(read(t, ".dockerignore")) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(one), "!"); ok {
			let[name] = true
		}
	}

	absolute, err := filepath.Abs(root)
	require.NoError(t, err)

	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-f", "{{.Dir}}", "./cmd/surehook")
	list.Dir = absolute

	out, err := list.Output()
	require.NoError(t, err)

	for dir := range strings.Lines(string(out)) {
		below, err := filepath.Rel(absolute, strings.TrimSpace(dir))
		if err != nil || strings.HasPrefix(below, "..") || dir == "\n" {
			continue
		}

		top, _, _ := strings.Cut(below, string(filepath.Separator))
		require.True(t, let[top], "%s is not part of the build context", top)
	}
}

func baseImages(t *testing.T) []string {
	t.Helper()

	var out []string

	from := regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`)
	for _, match := range from.FindAllStringSubmatch(read(t, "Dockerfile"), -1) {
		out = append(out, match[1])
	}

	return out
}
