package functions

import "testing"

// TestBesideChildren: a container holds this process and the children that build pages.
func TestBesideChildren(t *testing.T) {
	const mb = 1 << 20
	for container, want := range map[uint64]uint64{
		256 * mb:  128 * mb,
		512 * mb:  256 * mb,
		1024 * mb: 512 * mb,
		2048 * mb: 1536 * mb,
	} {
		if got := beside(container); got != want {
			t.Errorf("a container of %d MB leaves %d MB, want %d", container/mb, got/mb, want/mb)
		}
	}
}
