package stats

import "time"

// What tests look at that nobody else has to.
const Steps = steps

type Histogram = [steps]int64

func Bounds(step int) (from, to float64) { return bounds(step) }

func Percentile(attempts *Histogram, share float64) float64 { return percentile(attempts, share) }

func Milliseconds(d time.Duration) float64 { return milliseconds(d) }
