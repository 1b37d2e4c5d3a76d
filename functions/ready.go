package functions

import (
	"context"
	"time"
)

// readyWithin bounds how long Ready asks others.
const readyWithin = 2 * time.Second

// Ready returns nil if this instance can answer calls; otherwise an error that says in
// one sentence why not: UNAVAILABLE shutting-down, store-unavailable or
// keys-unavailable. What it asks of others it asks once for all who want to know.
func (b *Backend) Ready(ctx context.Context) error {
	if err := b.turns.Ready(); err != nil {
		return err
	}
	_, err := b.asking.Do(ctx, struct{}{}, readyWithin, func(ctx context.Context) (struct{}, error) {
		for _, ask := range b.needs {
			if err := ask(ctx); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}
