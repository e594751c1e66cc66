package graph

import (
	"context"

	"github.com/surehook/surehook/internal/system"
)

func (r queryResolver) System(ctx context.Context) (*system.System, error) {
	out, err := r.system.Get(ctx)

	return &out, err
}
