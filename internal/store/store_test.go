package store_test

import (
	"context"
	"log/slog"
	"testing"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/store/storetest"
	"dreambuild.dev/backend/internal/turn"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		name := emulator.Project(t)
		s, err := store.Open(t.Context(), name, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		s.RememberBy([]byte("a key"))
		client, err := firestore.NewClient(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return spoilable{s, client}
	})
}

// spoilable is a Store whose documents can be spoiled.
type spoilable struct {
	*store.Store
	client *firestore.Client
}

// Spoil gives a field of a turn, or of a project, another type.
func (s spoilable) Spoil(ctx context.Context, k turn.Key) error {
	doc := s.client.Doc("projects/" + k.ProjectID)
	if k.TurnID != "" {
		doc = doc.Collection("turns").Doc(k.TurnID)
	}
	_, err := doc.Update(ctx, []firestore.Update{{Path: "seq", Value: "a word"}})
	return err
}
