package page_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestVendored: what is delivered of others is what the pinned npm package holds, and
// its licence lies beside it.
func TestVendored(t *testing.T) {
	const ours, theirs = "third_party/preact", "../../node_modules/preact"
	if _, err := os.Stat(theirs); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED, NOT TESTED: internal/node_modules is missing; make install installs it")
	}
	if _, err := os.Stat(filepath.Join(ours, "LICENSE")); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(ours, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rest, err := filepath.Rel(ours, name)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(theirs, rest))
		if err != nil {
			return err
		}
		if string(got) != string(want) {
			t.Errorf("%s (-package +ours):\n%s", rest, cmp.Diff(string(want), string(got)))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
