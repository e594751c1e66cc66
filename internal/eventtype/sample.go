package eventtype

import (
	"cmp"
	"encoding/json"
	"strconv"

	"github.com/surehook/surehook/internal/problem"
)

// parsedSample is a sample with its payload as it is checked.
type parsedSample struct {
	Sample

	value map[string]any
}

// parseSamples checks samples by themselves and returns those that can be checked further, under their indexes.
func parseSamples(problems *problem.List, samples []Sample, maxPayloadBytes int) map[int]parsedSample {
	if len(samples) > MaxSamples {
		problems.Addf(problem.LimitExceeded, "samples", "must be at most %d", MaxSamples)

		return nil
	}

	out := make(map[int]parsedSample, len(samples))
	names := map[string]bool{}

	for n, sample := range samples {
		at := strconv.Itoa(n)

		problems.Text(sample.Name, MaxSampleNameLength, "samples", at, "name")

		if names[sample.Name] {
			problems.Add(problem.AlreadyExists, "another sample has this name", "samples", at, "name")
		}

		names[sample.Name] = true

		value, err := decodeObject(sample.Payload)
		if err == nil {
			err = cmp.Or(calculable(value), storable(value))
		}

		if err != nil {
			problems.Add(problem.Invalid, err.Error(), "samples", at, payloadField)

			continue
		}

		text, err := encode(value)
		if err != nil {
			problems.Add(problem.Invalid, errNoJSON.Error(), "samples", at, payloadField)

			continue
		}

		// The database keeps a sample in a form in which 1e100 has a hundred zeros.
		if len(text)+zeros(value) > maxPayloadBytes {
			problems.Add(problem.PayloadTooLarge, "must be at most "+strconv.Itoa(maxPayloadBytes)+" bytes",
				"samples", at, payloadField)

			continue
		}

		out[n] = parsedSample{Sample: Sample{Name: sample.Name, Payload: text}, value: value}
	}

	return out
}

// checkSamples checks samples against a schema. Nil is no schema.
func checkSamples(problems *problem.List, samples map[int]parsedSample, against *check) {
	if against == nil {
		return
	}

	for n := range MaxSamples {
		if sample, ok := samples[n]; ok {
			report(problems, against.run(sample.value), "samples", strconv.Itoa(n), payloadField)
		}
	}
}

// encodeSamples writes samples as the database keeps them.
func encodeSamples(samples map[int]parsedSample) ([]byte, error) {
	list := make([]Sample, len(samples))
	for n := range list {
		list[n] = samples[n].Sample
	}

	return encode(list)
}

// decodeSamples reads what the database kept. It has put white space into the payloads.
func decodeSamples(stored []byte) ([]Sample, error) {
	samples := []Sample{}

	if err := json.Unmarshal(stored, &samples); err != nil {
		return nil, err
	}

	for n := range samples {
		text, err := compact(samples[n].Payload)
		if err != nil {
			return nil, err
		}

		samples[n].Payload = text
	}

	return samples, nil
}
