package dispatch

import (
	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/job"
)

// Elsewhere is the dispatcher of a process that carries nothing out itself: it leaves every delivery to others.
type Elsewhere struct{}

// Reserve claims nothing.
func (Elsewhere) Reserve(int) *uuid.UUID { return nil }

// Offer is never called, since nothing was claimed.
func (Elsewhere) Offer(...job.Job) {}
