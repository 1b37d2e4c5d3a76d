package dialect

import (
	"context"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"
)

// GoogleToken makes the tokens that a private Cloud Run service asks for: ID
// tokens of our service account, whose audience is the service. They are kept
// until they expire. The first one is fetched when it is needed.
// https://cloud.google.com/run/docs/authenticating/service-to-service
func GoogleToken(ctx context.Context, worker string, opts ...option.ClientOption) (func(context.Context) (string, error), error) {
	u, err := url.Parse(worker)
	if err != nil {
		return nil, err
	}
	source, err := idtoken.NewTokenSource(ctx, u.Scheme+"://"+u.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("sign in to the worker %s: %w", worker, err)
	}
	cached := oauth2.ReuseTokenSource(nil, source)
	return func(context.Context) (string, error) {
		t, err := cached.Token()
		if err != nil {
			return "", err
		}
		return t.AccessToken, nil
	}, nil
}
