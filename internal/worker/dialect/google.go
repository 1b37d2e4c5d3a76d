package dialect

import (
	"context"
	"fmt"
	"sync"

	"dreambuild.dev/backend/internal/worker"
	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"
)

// GoogleToken makes the tokens that a private Cloud Run service asks for: ID
// tokens of our service account, whose audience is the service. Nobody is asked
// before the first one is needed; Google's library keeps them until they expire.
// https://cloud.google.com/run/docs/authenticating/service-to-service
func GoogleToken(address string) (func(context.Context) (string, error), error) {
	u, err := worker.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("the worker's URL %w", err)
	}
	var mu sync.Mutex
	var source oauth2.TokenSource
	signIn := func(ctx context.Context) (oauth2.TokenSource, error) {
		mu.Lock()
		defer mu.Unlock()
		if source == nil { // also after a failure
			s, err := idtoken.NewTokenSource(context.WithoutCancel(ctx), u.Scheme+"://"+u.Host)
			if err != nil {
				return nil, fmt.Errorf("sign in to the worker %s: %w", address, err)
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
