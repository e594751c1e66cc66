package webhook_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/webhook"
)

func (b *testBundle) secrets(t *testing.T, of id.ID) []webhook.Secret {
	t.Helper()

	found, err := b.Secrets(t.Context(), []id.ID{of})
	require.NoError(t, err)

	return found[of]
}

func (b *testBundle) rotate(t *testing.T, of id.ID, overlapSeconds int) string {
	t.Helper()

	rotated, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: of, OverlapSeconds: &overlapSeconds})
	require.NoError(t, err)

	return rotated.Secret.Reveal()
}

func TestService_RotateKeepsTheOldSecretUntilTheOverlapEnds(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	old := b.secrets(t, one.ID)[0]
	b.clock = b.clock.Add(time.Hour)

	rotated, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{
		WebhookID: one.ID, OverlapSeconds: new(86_400), SigningSecret: new(goodSecret),
	})
	require.NoError(t, err)
	require.Equal(t, one, rotated.Webhook)
	require.Equal(t, goodSecret, rotated.Secret.Reveal())

	both := b.secrets(t, one.ID)
	require.Len(t, both, 2)
	require.Nil(t, both[0].ExpiresAt, "the current one comes first")
	require.Equal(t, goodSecret[len(goodSecret)-4:], both[0].Hint)
	require.Equal(t, old.ID, both[1].ID)
	require.True(t, both[1].ExpiresAt.Equal(b.clock.Add(24*time.Hour)))

	b.clock = b.clock.Add(24 * time.Hour)
	require.Equal(t, both[:1], b.secrets(t, one.ID))
}

func TestService_RotateWithoutOverlapEndsTheOldSecretsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)

	b.rotate(t, one.ID, 100)
	b.rotate(t, one.ID, 100)
	require.Len(t, b.secrets(t, one.ID), 3)

	b.rotate(t, one.ID, 0)
	require.Len(t, b.secrets(t, one.ID), 1)
	require.Equal(t, 2, b.count(t, "webhook_secrets"), "what has ended is not kept")
	require.Len(t, b.secrets(t, other.ID), 1)
}

func TestService_RotateOnlyEverShortensWhatIsLeftOfASecret(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	b.rotate(t, one.ID, 100)
	b.rotate(t, one.ID, 604_800)

	ends := func(n int) time.Duration { return b.secrets(t, one.ID)[n].ExpiresAt.Sub(b.clock) }

	require.Equal(t, 604_800*time.Second, ends(1))
	require.Equal(t, 100*time.Second, ends(2))

	b.clock = b.clock.Add(100 * time.Second)
	b.rotate(t, one.ID, 10)
	require.Equal(t, 10*time.Second, ends(1))
	require.Equal(t, 10*time.Second, ends(2))
}

func TestService_RotateRefusesAFourthSecretAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	b.rotate(t, one.ID, 100)
	b.rotate(t, one.ID, 100)

	before := b.dump(t)

	refused, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID, OverlapSeconds: new(50)})
	requireProblem(t, err, problem.LimitExceeded, "webhookId")
	require.Zero(t, refused)
	require.Equal(t, before, b.dump(t))

	b.clock = b.clock.Add(100 * time.Second)
	b.rotate(t, one.ID, 50)
	require.Len(t, b.secrets(t, one.ID), 2)
}

func TestService_RotateNeverMakesAFourthSecretUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	var (
		group sync.WaitGroup
		errs  [6]error
	)

	for n := range errs {
		group.Go(func() {
			_, errs[n] = b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID, OverlapSeconds: new(60)})
		})
	}

	group.Wait()

	refused := 0

	for _, err := range errs {
		if err != nil {
			requireProblem(t, err, problem.LimitExceeded, "webhookId")

			refused++
		}
	}

	require.Equal(t, 4, refused)
	require.Len(t, b.secrets(t, one.ID), 3)
}

func TestService_RotateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	before := b.dump(t)

	for name, test := range map[string]struct {
		in    webhook.RotateInput
		field string
	}{
		"overlap negative": {webhook.RotateInput{OverlapSeconds: new(-1)}, "overlapSeconds"},
		"overlap too long": {webhook.RotateInput{OverlapSeconds: new(604_801)}, "overlapSeconds"},
		"secret malformed": {webhook.RotateInput{SigningSecret: new("hunter2")}, "signingSecret"},
	} {
		test.in.WebhookID = one.ID

		refused, err := b.Rotate(t.Context(), b.scope, test.in)
		requireProblem(t, err, problem.Invalid, test.field)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.Zero(t, refused)
		require.Equal(t, before, b.dump(t), name)
	}

	_, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{
		WebhookID: one.ID, OverlapSeconds: new(-1), SigningSecret: new("hunter2"),
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2, "all problems at once")
	require.Empty(t, b.logs.String())
}

func TestService_RevealShowsTheSecretThatWasAskedFor(t *testing.T) {
	t.Parallel()

	b := setup(t)

	created := b.create(t, b.input())
	one, first := created.Webhook, created.Secret

	second := b.rotate(t, one.ID, 100)
	both := b.secrets(t, one.ID)

	current, value, err := b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, both[0], current)
	require.Equal(t, second, value)

	old, value, err := b.Reveal(t.Context(), b.scope, one.ID, &both[1].ID)
	require.NoError(t, err)
	require.Equal(t, both[1], old)
	require.Equal(t, first.Reveal(), value)

	b.clock = b.clock.Add(100 * time.Second)

	_, _, err = b.Reveal(t.Context(), b.scope, one.ID, &both[1].ID)
	require.Equal(t, problem.Missing("secret", "secretId"), err, "it has ended")
}

func TestService_RevealOfForeignAndUnknownSecretsLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)
	mine, others := b.secrets(t, one.ID)[0].ID, b.secrets(t, other.ID)[0].ID

	for _, which := range []id.ID{others, id.New(id.Secret), id.Event.From(mine.UUID()), {}} {
		_, value, err := b.Reveal(t.Context(), b.scope, one.ID, &which)
		require.Equal(t, problem.Missing("secret", "secretId"), err)
		require.Empty(t, value)
	}

	require.Empty(t, b.logs.String())
}

func TestService_CurrentSecretComesFirstWhateverTheClocksOfOtherProcesses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	second := b.rotate(t, one.ID, 100)

	// The id of the old secret came from a process whose clock was an hour ahead.
	_, err := b.pool.Exec(t.Context(), "UPDATE webhook_secrets SET id = $1 WHERE expires_at IS NOT NULL",
		id.Floor(time.Now().Add(time.Hour)))
	require.NoError(t, err)

	require.Nil(t, b.secrets(t, one.ID)[0].ExpiresAt)

	_, value, err := b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, second, value)
}

func TestService_RevealAndRotateLeaveALineWithoutTheSecret(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	value := b.rotate(t, one.ID, 100)

	revealed, _, err := b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)

	lines := strings.Split(strings.TrimSpace(b.logs.String()), "\n")
	require.Len(t, lines, 2)

	for _, line := range lines {
		require.Contains(t, line, one.ID.String())
		require.NotContains(t, line, value[6:])
		require.NotContains(t, line, value[6:20])
	}

	require.Contains(t, lines[1], revealed.ID.String())
}

func TestService_RevealWithAnotherKeysetIsAnInternalFailure(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	_, err := b.pool.Exec(t.Context(), "UPDATE webhook_secrets SET sealed = 'damaged'")
	require.NoError(t, err)

	_, _, err = b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.Error(t, err)

	_, ok := errors.AsType[problem.List](err)
	require.False(t, ok)
	require.Empty(t, b.logs.String())

	b.rotate(t, one.ID, 0)
	require.Len(t, b.secrets(t, one.ID), 1, "a lost keyset does not keep from rotating")
}
