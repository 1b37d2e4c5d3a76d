package dialect

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"
)

// GoogleToken makes the tokens that a private Cloud Run service asks for: ID
// tokens of our service account, whose audience is the service. Nobody is asked
// before the first one is needed; Google's library keeps them until they expire.
// https://cloud.google.com/run/docs/authenticating/service-to-service
func GoogleToken(worker string) (func(context.Context) (string, error), error) {
	u, err := url.Parse(worker)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var source oauth2.TokenSource
	signIn := func(ctx context.Context) (oauth2.TokenSource, error) {
		mu.Lock()
		defer mu.Unlock()
		if source == nil { // also after a failure
			s, err := idtoken.NewTokenSource(context.WithoutCancel(ctx), u.Scheme+"://"+u.Host)
			if err != nil {
				return nil, fmt.Errorf("sign in to the worker %s: %w", worker, err)
			}
			source = s
		}
		return source, nil
	}
	return func(ctx context.Context) (string, error) {
		s, err := signIn(ctx)
		if err != nil {
			return "", err
		}
		t, err := s.Token()
		if err != nil {
			return "", err
		}
		return t.AccessToken, nil
	}, nil
}
