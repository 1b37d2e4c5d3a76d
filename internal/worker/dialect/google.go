package dialect

import (
	"context"
	"fmt"
	"sync"

	"dreambuild.dev/backend/internal/worker"
	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"
)

// GoogleToken returns a source of the tokens that a private Cloud Run service at
// address wants: ID tokens of our service account, whose audience is the service.
// Google is first asked when a token is needed; its library keeps each token until
// it expires.
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
