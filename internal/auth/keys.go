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

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

// keys is a set of public keys that somebody publishes and changes now and
// then. A key that is known is used at once, though a refresh may be due: so an
// outage of the publisher goes unnoticed as long as its keys stay the same.
type keys struct {
	url    string
	client *http.Client
	fetch  singleflight.Group // on a context of its own: no caller's leaving breaks it

	mu    sync.Mutex
	set   map[string]any // by key id
	due   time.Time      // for a refresh
	tried time.Time      // the last fetch
}

const (
	fetchWithin = 10 * time.Second
	atMostEvery = time.Minute      // for a key that is not known
	afterFailed = 10 * time.Second // while there are keys to go on with
)

func newKeys(url string, client *http.Client) *keys {
	return &keys{url: url, client: client}
}

// find returns the key of an id. UNAUTHENTICATED if the publisher has none,
// UNAVAILABLE if it cannot be asked.
func (k *keys) find(ctx context.Context, id string) (any, error) {
	k.mu.Lock()
	key, known := k.set[id]
	stale := time.Now().After(k.due)
	recent := k.set != nil && time.Since(k.tried) < atMostEvery
	k.mu.Unlock()
	switch {
	case known && !stale:
		return key, nil
	case known:
		k.fetch.DoChan("", k.refresh)
		return key, nil
	case recent:
		return nil, bad(fmt.Errorf("no key has the id %.60q", id))
	}

	select {
	case done := <-k.fetch.DoChan("", k.refresh):
		if done.Err != nil {
			return nil, unavailable(done.Err)
		}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, known := k.set[id]; known {
		return key, nil
	}
	return nil, bad(fmt.Errorf("no key has the id %.60q", id))
}

// refresh fetches the keys. What it had stays when that fails.
func (k *keys) refresh() (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
	defer cancel()
	set, age, err := k.get(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = time.Now()
	if err != nil {
		k.due = k.tried.Add(afterFailed)
		return nil, fmt.Errorf("fetch the keys: %w", err)
	}
	k.set, k.due = set, k.tried.Add(age)
	return nil, nil
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
