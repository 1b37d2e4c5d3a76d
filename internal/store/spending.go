package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"dreambuild.dev/backend/internal/quota"
)

// spentTTL is how long an instance's sum of a day is kept, for who looks back.
const spentTTL = 90 * 24 * time.Hour

// Spend implements spending.Store.
func (s *Store) Spend(ctx context.Context, day, instance string, sum quota.Spent) error {
	_, err := s.spent(day).Doc(instance).Set(ctx, map[string]any{
		"tokens": sum.Tokens, "anonymousTokens": sum.AnonymousTokens, "expireAt": time.Now().Add(spentTTL),
	})
	return translate("spend", err)
}

// Spent implements spending.Store. The database adds up: it costs one read for a
// thousand instances.
func (s *Store) Spent(ctx context.Context, day string) (quota.Spent, error) {
	sums, err := s.spent(day).NewAggregationQuery().WithSum("tokens", "tokens").WithSum("anonymousTokens", "anonymousTokens").Get(ctx)
	if err != nil {
		return quota.Spent{}, translate("read what is spent", err)
	}
	tokens, err := integer(sums, "tokens")
	if err != nil {
		return quota.Spent{}, err
	}
	anonymous, err := integer(sums, "anonymousTokens")
	return quota.Spent{Tokens: tokens, AnonymousTokens: anonymous}, err
}

// integer returns a sum of whole numbers.
func integer(sums firestore.AggregationResult, name string) (int64, error) {
	v, ok := sums[name].(*firestorepb.Value)
	if !ok {
		return 0, fmt.Errorf("the sum of %s is a %T", name, sums[name])
	}
	return v.GetIntegerValue(), nil
}
