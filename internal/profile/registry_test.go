package profile_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/profiles"
)

// head begins a profile that is valid as it is.
const head = "name: mine\ntitle: Mine\n"

func shipped(t *testing.T) *profile.Registry {
	t.Helper()

	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	return registry
}

// requireExactly compares JSON to the byte: the order of members counts.
func requireExactly(t *testing.T, want, got string) {
	t.Helper()
	require.Equal(t, want, got)
}

func get(t *testing.T, registry *profile.Registry, name string) profile.Profile {
	t.Helper()

	p, ok := registry.Get(name)
	require.True(t, ok, name)

	return p
}

// load loads the shipped standard profile and a file mine.yaml.
func load(t *testing.T, text string) (profile.Profile, error) {
	t.Helper()

	standard, err := fs.ReadFile(profiles.Files, profile.Default+".yaml")
	require.NoError(t, err)

	registry, err := profile.Load(fstest.MapFS{
		"standard.yaml": {Data: standard}, "mine.yaml": {Data: []byte(text)}, "README.md": {Data: []byte("no profile")},
	}, "")
	if err != nil {
		require.Nil(t, registry)

		return profile.Profile{}, err
	}

	return get(t, registry, "mine"), nil
}

func directory(t *testing.T, files map[string]string) string {
	t.Helper()

	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}

	return dir
}

func TestLoad_FillsInWhatIsLeftOutFromStandard(t *testing.T) {
	t.Parallel()

	p, err := load(t, head+`
settings:
  timeoutSeconds: 20
  retryPolicy: {jitterPercent: 5}
rules: {maxTimeoutSeconds: 20}
limits: {maxWebhooks: 3}
roles: {manage: [ADMIN]}
statuses: {FAILED: dead}
testEvent: {eventType: ping}
`)
	require.NoError(t, err)

	standard := get(t, shipped(t), profile.Default)
	want := standard.Settings
	want.TimeoutSeconds, want.RetryPolicy.JitterPercent = 20, 5

	require.Equal(t, want, p.Settings)
	require.Equal(t, settings.Rules{
		Methods: standard.Rules.Methods, MinTimeoutSeconds: 1, MaxTimeoutSeconds: 20, MaxRetries: 20,
		SecretSource: settings.AnySource,
	}, p.Rules)
	require.Equal(t, 3, p.Limits.MaxWebhooks)
	require.Equal(t, standard.Limits.MaxPayloadBytes, p.Limits.MaxPayloadBytes)
	require.Equal(t, "dead", p.Statuses["FAILED"])
	require.Equal(t, "held", p.Statuses["HELD"])
	require.Equal(t, profile.TestEvent{EventType: "ping", Data: standard.TestEvent.Data}, p.TestEvent)
	require.Equal(t, standard.Roles.View, p.Roles.View)
	require.Len(t, p.Roles.Manage, 1)
	require.Empty(t, p.Description)
	require.Empty(t, p.Help)
	require.Empty(t, p.EventTypes)
	require.Empty(t, p.Recipes)

	require.Equal(t, "failed", standard.Statuses["FAILED"], "the base stays as it is")
	require.Len(t, standard.Roles.Manage, 2)
}

func TestLoad_LaysARecipeOverItsProfile(t *testing.T) {
	t.Parallel()

	p, err := load(t, head+`
settings:
  retryPolicy: {backoff: {baseSeconds: 2, factor: 3, retries: 3}}
  sections:
    - {name: body, paths: [body], included: true}
    - {name: headers, paths: [headers], included: false}
recipes:
  - name: one
    title: One
    settings:
      sections: [{name: headers, included: true}]
      retryPolicy: {delaysSeconds: [7]}
  - {name: two, title: Two}
`)
	require.NoError(t, err)
	require.Equal(t, []int{2, 6, 18}, p.Settings.RetryPolicy.DelaysSeconds)

	one, ok := p.Recipe("one")
	require.True(t, ok)

	want := p.Settings
	want.Sections = []settings.Section{
		{Name: "body", Paths: []string{"body"}, Included: true},
		{Name: "headers", Paths: []string{"headers"}, Included: true},
	}
	want.RetryPolicy.DelaysSeconds, want.RetryPolicy.Backoff = []int{7}, nil
	require.Equal(t, want, one.Settings)
	require.False(t, p.Settings.Sections[1].Included, "the profile's own stay as they are")

	two, ok := p.Recipe("two")
	require.True(t, ok)
	require.Equal(t, p.Settings, two.Settings)

	_, ok = p.Recipe("three")
	require.False(t, ok)
}

func TestLoad_WritesAliasesOutAndKeepsOrder(t *testing.T) {
	t.Parallel()

	p, err := load(t, head+`
eventTypes:
  - name: a
    schema: &any {type: object, additionalProperties: &text {type: string}, $defs: {x: *text}}
    samples: [{name: s, payload: {z: "1", a: "<&>", "m": "é"}}]
  - {name: b, schema: *any, deprecation: Use a., schemaValidation: "OFF"}
`)
	require.NoError(t, err)
	require.Len(t, p.EventTypes, 2)
	requireExactly(t, `{"z":"1","a":"<&>","m":"é"}`, string(p.EventTypes[0].Samples[0].Payload))
	requireExactly(t, `{"type":"object","additionalProperties":{"type":"string"},"$defs":{"x":{"type":"string"}}}`,
		string(p.EventTypes[1].Schema))
	require.Equal(t, p.EventTypes[0].Schema, p.EventTypes[1].Schema)
	require.Equal(t, eventtype.Reject, p.EventTypes[0].SchemaValidation)
	require.Equal(t, eventtype.Off, p.EventTypes[1].SchemaValidation)
	require.Equal(t, "Use a.", p.EventTypes[1].Deprecation)
}

func TestLoad_TakesTheProfilesOfADirectoryToo(t *testing.T) {
	t.Parallel()

	dir := directory(t, map[string]string{
		"kuviq.yaml":    "name: kuviq\ntitle: Our Kuviq\nsettings: {timeoutSeconds: 9}\n",
		"mine.yml":      "\ufeff" + head,
		"standard.yaml": "name: standard\ntitle: House rules\nsettings: {timeoutSeconds: 3}\n",
		"notes.txt":     "not a profile",
		".hidden.yaml":  "not: [read",
	})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub.yaml"), 0o700))

	registry, err := profile.Load(profiles.Files, dir)
	require.NoError(t, err)

	names := []string{}
	for _, one := range registry.List() {
		names = append(names, one.Name)
	}

	require.Equal(t, []string{"kazinex", "kianda", "knoxcall", "krebit", "kuviq", "mine", "standard"}, names)

	ours := get(t, registry, "kuviq")
	require.Equal(t, "Our Kuviq", ours.Title)
	require.Equal(t, 9, ours.Settings.TimeoutSeconds)
	require.Empty(t, ours.EventTypes, "it takes the place of the other as a whole")

	require.Equal(t, 3, get(t, registry, "standard").Settings.TimeoutSeconds)
	require.Equal(t, 15, get(t, registry, "mine").Settings.TimeoutSeconds, "what is laid under it is the shipped one")

	_, ok := registry.Get("none")
	require.False(t, ok)
}

func TestLoad_RefusesADirectoryThatItCannotUse(t *testing.T) {
	t.Parallel()

	_, err := profile.Load(profiles.Files, filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "missing")

	file := filepath.Join(directory(t, map[string]string{"file": ""}), "file")
	_, err = profile.Load(profiles.Files, file)
	require.ErrorContains(t, err, file)

	dir := directory(t, map[string]string{"mine.yaml": head, "mine.yml": head})
	_, err = profile.Load(profiles.Files, dir)
	require.EqualError(t, err, filepath.Join(dir, "mine.yml")+": there is mine.yaml as well")

	dir = t.TempDir()
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, "mine.yaml")))
	_, err = profile.Load(profiles.Files, dir)
	require.EqualError(t, err, filepath.Join(dir, "mine.yaml")+": must be a regular file")

	dir = t.TempDir()
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "mine.yaml")))
	_, err = profile.Load(profiles.Files, dir)
	require.EqualError(t, err, filepath.Join(dir, "mine.yaml")+": no such file or directory")
}

func TestLoad_NeedsTheStandardProfile(t *testing.T) {
	t.Parallel()

	_, err := profile.Load(fstest.MapFS{"mine.yaml": {Data: []byte(head)}}, "")
	require.ErrorContains(t, err, "standard.yaml: ")

	_, err = profile.Load(fstest.MapFS{"standard.yaml": {Data: []byte("name: standard\ntitle: S\n")}}, "")
	require.ErrorContains(t, err, "standard.yaml:1: settings.method: ", "it has nothing below it")
}

func TestLoad_TellsAllProblemsOfAllFilesAtOnce(t *testing.T) {
	t.Parallel()

	dir := directory(t, map[string]string{
		"a.yaml": "name: a\ntitle: A\nsettings:\n  timeoutSeconds: 61\n  surprise: 1\n",
		"b.yaml": "name: b\ntitle: B\nsettings:\n  envelope: '{'\n  retryPolicy: {delaysSeconds: [1, 2]}\nrules: {maxRetries: 1}\n",
	})

	_, err := profile.Load(profiles.Files, dir)

	a, b := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")
	for _, want := range []string{
		a + ":4: settings.timeoutSeconds: ", a + ":5: settings.surprise: there is no such key",
		b + ":4: settings.envelope: line 1, column ", b + ":5: settings.retryPolicy.delaysSeconds: at most 1 retries",
	} {
		require.ErrorContains(t, err, want)
	}

	var many strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&many, "k%d: 1\n", n)
	}

	_, err = load(t, head+many.String())
	require.Equal(t, 50, strings.Count(err.Error(), "\n")+1, "but not without end")
}

func TestLoad_ErrorsCanBeTakenApart(t *testing.T) {
	t.Parallel()

	_, err := load(t, head+"limits:\n  maxWebhooks: none\n")

	var one *profile.Error
	require.ErrorAs(t, err, &one)
	require.Equal(t, "mine.yaml", one.File)
	require.Equal(t, 4, one.Line)
	require.Equal(t, "limits.maxWebhooks", one.Path)
	require.Equal(t, "got string, want integer", one.Message)
}
