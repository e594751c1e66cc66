package retry

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The limits of a [Policy].
const (
	MaxDelays        = 20
	MinDelay         = time.Second
	MaxDelay         = 7 * 24 * time.Hour
	MaxJitterPercent = 50
)

const defaultJitterPercent = 10

// ErrInvalidPolicy is wrapped by everything [Policy.Validate] returns.
var ErrInvalidPolicy = errors.New("invalid retry policy")

// Policy is the retry schedule of a webhook.
type Policy struct {
	// Delays are the waits between attempts: Delays[0] follows the first attempt, which is immediate. Without
	// delays there is one attempt and no retry.
	Delays []time.Duration

	// JitterPercent spreads each wait evenly by up to this share to either side, so that deliveries that
	// failed together do not come back together. 0 turns it off.
	JitterPercent int
}

// Default returns the schedule that Standard Webhooks 1.0.0 recommends ("Deliverability and reliability"):
// ten attempts over 75 hours 35 minutes and 5 seconds, with 10% jitter.
func Default() Policy {
	return Policy{
		Delays: []time.Duration{
			5 * time.Second,
			5 * time.Minute,
			30 * time.Minute,
			2 * time.Hour,
			5 * time.Hour,
			10 * time.Hour,
			14 * time.Hour,
			20 * time.Hour,
			24 * time.Hour,
		},
		JitterPercent: defaultJitterPercent,
	}
}

// Validate returns nil, or all problems at once as an error that wraps [ErrInvalidPolicy]: more than
// [MaxDelays] delays, a delay outside [MinDelay] to [MaxDelay], a jitter outside 0 to [MaxJitterPercent].
// The messages are fit for the API; delays are counted from 1 in them.
func (p Policy) Validate() error {
	var problems []error
	if len(p.Delays) > MaxDelays {
		problems = append(problems, fmt.Errorf("%w: %d delays, at most %d are allowed",
			ErrInvalidPolicy, len(p.Delays), MaxDelays))
	}
	for i, delay := range slices.All(p.Delays[:min(len(p.Delays), MaxDelays)]) {
		if delay < MinDelay || delay > MaxDelay {
			problems = append(problems, fmt.Errorf("%w: delay %d is %s, it must be between %s and %s",
				ErrInvalidPolicy, i+1, delay, MinDelay, MaxDelay))
		}
	}
	if p.JitterPercent < 0 || p.JitterPercent > MaxJitterPercent {
		problems = append(problems, fmt.Errorf("%w: jitter is %d%%, it must be between 0%% and %d%%",
			ErrInvalidPolicy, p.JitterPercent, MaxJitterPercent))
	}
	return errors.Join(problems...)
}

// MaxAttempts returns how many attempts a delivery gets, the immediate first one included.
func (p Policy) MaxAttempts() int { return 1 + len(p.Delays) }

// Delay returns the wait after attempt number afterAttempt, which counts from 1, and false when the schedule
// is used up or there is no such attempt. The seed names the delivery: the same policy, attempt and seed
// always give the same wait. Jitter may carry it past [MaxDelay] or below [MinDelay] by its own share.
//
// The policy must be valid. An invalid one gives waits that make no sense, but never panics.
func (p Policy) Delay(afterAttempt int, seed string) (time.Duration, bool) {
	if afterAttempt < 1 || afterAttempt > len(p.Delays) {
		return 0, false
	}

	delay := p.Delays[afterAttempt-1]
	spread := delay / 100 * time.Duration(p.JitterPercent)
	if spread <= 0 {
		return delay, true
	}

	// The range is at most 1/30,000 of 64 bits, so the bias of the remainder is too small to see.
	offset := draw(afterAttempt, seed) % (2*uint64(spread) + 1)
	return delay - spread + time.Duration(offset), true // At most twice the spread.
}

// draw returns 64 bits that look random. A cryptographic hash, because the cheap ones barely change their
// upper bits when only the attempt changes, and its output is fixed for ever, unlike that of math/rand.
func draw(attempt int, seed string) uint64 {
	input := binary.BigEndian.AppendUint64(nil, uint64(attempt)) // Checked to be positive.
	sum := sha256.Sum256(append(input, seed...))
	return binary.BigEndian.Uint64(sum[:])
}
