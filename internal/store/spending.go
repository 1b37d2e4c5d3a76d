package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"dreambuild.dev/backend/internal/quota"
)

// spentTTL is how long an instance's sum of a day is kept, for who looks back.
const spentTTL = 90 * 24 * time.Hour

// Spend implements spending.Store.
func (s *Store) Spend(ctx context.Context, day, instance string, sum quota.Spent) error {
	_, err := s.spent(day).Doc(instance).Set(ctx, map[string]any{
		"tokens": sum.Tokens, "anonymousTokens": sum.AnonymousTokens,
		"bytes": sum.Bytes, "anonymousBytes": sum.AnonymousBytes, "expireAt": time.Now().Add(spentTTL),
	})
	return translate("spend", err)
}

// Spent implements spending.Store.
func (s *Store) Spent(ctx context.Context, day string) (quota.Spent, error) {
	var all quota.Spent
	for field, sum := range map[string]*int64{
		"tokens": &all.Tokens, "anonymousTokens": &all.AnonymousTokens, "bytes": &all.Bytes, "anonymousBytes": &all.AnonymousBytes,
	} {
		var err error
		if *sum, err = s.sum(ctx, day, field); err != nil {
			return quota.Spent{}, err
		}
	}
	return all, nil
}

// sum has the database add up a field of all instances: that is one read for a
// thousand of them. One field alone needs no index of its own.
func (s *Store) sum(ctx context.Context, day, field string) (int64, error) {
	sums, err := s.spent(day).NewAggregationQuery().WithSum(field, "sum").Get(ctx)
	if err != nil {
		return 0, translate("read what is spent", err)
	}
	v, ok := sums["sum"].(*firestorepb.Value)
	if !ok {
		return 0, fmt.Errorf("the sum of %s is a %T", field, sums["sum"])
	}
	return v.GetIntegerValue(), nil
}
