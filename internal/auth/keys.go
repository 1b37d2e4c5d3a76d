package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/flight"

	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4"
)

// keys caches the public keys of a publisher that rotates them. A known key is used
// at once even when a refresh is due, so an outage of the publisher has no effect
// while its keys stay the same. (go-oidc and keyfunc do not serve stale keys, or do
// not limit how often an unknown id makes them fetch.)
type keys struct {
	url    string
	client *http.Client
	fetch  flight.Group[string, struct{}]

	mu    sync.Mutex
	set   map[string]any // by key id
	due   time.Time      // when the next refresh is due
	tried time.Time      // when the last fetch ended
}

const (
	fetchTimeout      = 10 * time.Second
	unknownEvery      = time.Minute      // between fetches for unknown ids
	retryAfterFailure = 10 * time.Second // while old keys remain
)

func newKeys(url string, client *http.Client) *keys {
	return &keys{url: url, client: client}
}

// find returns the key of an id. UNAUTHENTICATED if the publisher has no such key,
// UNAVAILABLE keys-unavailable if the publisher cannot be reached.
func (k *keys) find(ctx context.Context, id string) (any, error) {
	k.mu.Lock()
	key, known := k.set[id]
	stale := time.Now().After(k.due)
	if known && stale {
		k.due = time.Now().Add(fetchTimeout) // one refresh at a time
	}
	recent := k.set != nil && time.Since(k.tried) < unknownEvery
	tried := k.tried
	k.mu.Unlock()
	switch {
	case known && !stale:
		return key, nil
	case known:
		go func() { _, _ = k.fetch.Do(context.WithoutCancel(ctx), k.url, fetchTimeout, k.refresh) }() // after a failure, refresh sets when to try again
		return key, nil
	case recent:
		return nil, errs.BadToken(fmt.Errorf("no key has the id %.60q", id))
	}

	refresh := func(ctx context.Context) (struct{}, error) {
		if k.fetchedSince(tried) { // the fetch that others waited for has just ended
			return struct{}{}, nil
		}
		return k.refresh(ctx)
	}
	if _, err := k.fetch.Do(ctx, k.url, fetchTimeout, refresh); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, keysUnavailable(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, known := k.set[id]; known {
		return key, nil
	}
	return nil, errs.BadToken(fmt.Errorf("no key has the id %.60q", id))
}

// fetchedSince reports whether a fetch has ended well after another one.
func (k *keys) fetchedSince(tried time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.set != nil && k.tried.After(tried) && k.due.After(k.tried.Add(retryAfterFailure))
}

// ready returns nil if there are keys, old ones too. If there never were, it fetches
// them, at most once every ten seconds.
func (k *keys) ready(ctx context.Context) error {
	k.mu.Lock()
	known, early := k.set != nil, time.Since(k.tried) < retryAfterFailure
	k.mu.Unlock()
	switch {
	case known:
		return nil
	case early:
		return keysUnavailable(errors.New("they were never fetched"))
	}
	if _, err := k.fetch.Do(ctx, k.url, fetchTimeout, k.refresh); err != nil {
		return keysUnavailable(err)
	}
	return nil
}

// refresh fetches the keys. If that fails, the old ones stay.
func (k *keys) refresh(ctx context.Context) (struct{}, error) {
	set, age, err := k.get(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = time.Now()
	if err != nil {
		k.due = k.tried.Add(retryAfterFailure)
		return struct{}{}, fmt.Errorf("fetch the keys: %w", err)
	}
	k.set, k.due = set, k.tried.Add(age)
	return struct{}{}, nil
}

var maxAge = regexp.MustCompile(`\bmax-age=(\d+)`)

func (k *keys) get(ctx context.Context) (map[string]any, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, 0, err
	}
	res, err := k.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, 0, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("%s answered %s", k.url, res.Status)
	}
	var published jose.JSONWebKeySet
	if err := json.Unmarshal(text, &published); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", k.url, err)
	}
	set := map[string]any{}
	for _, key := range published.Keys {
		if key.Valid() && key.IsPublic() {
			set[key.KeyID] = key.Key
		}
	}
	if len(set) == 0 {
		return nil, 0, errors.New(k.url + " has no keys")
	}
	age := time.Hour
	if m := maxAge.FindStringSubmatch(res.Header.Get("Cache-Control")); m != nil {
		if seconds, err := strconv.Atoi(m[1]); err == nil && seconds < 7*24*3600 {
			age = time.Duration(seconds) * time.Second
		}
	}
	return set, age, nil
}
