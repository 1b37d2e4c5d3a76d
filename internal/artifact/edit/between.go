package edit

import (
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Between returns the edits that make a file of what it was before: for each run of
// lines that differ one edit, whose Search has so many of the lines around that it
// occurs once. They can be tried on a file that others have changed. It takes time in
// proportion to the product of both numbers of lines.
func Between(before string, after artifact.File) (edits []artifact.Edit) {
	old, now := slices.Collect(strings.Lines(before)), slices.Collect(strings.Lines(after.Content))
	for _, h := range apart(old, now) {
		edits = append(edits, artifact.Edit{
			Path:    after.Path,
			Search:  strings.Join(old[h.above:h.below], ""),
			Replace: strings.Join(old[h.above:h.from], "") + strings.Join(now[h.nowFrom:h.nowTo], "") + strings.Join(old[h.to:h.below], ""),
		})
	}
	return edits
}

// apart returns the runs of lines that differ, each with so many lines around that they
// occur once. Those whose surroundings meet are one.
func apart(old, now []string) (all []hunk) {
	for _, h := range hunks(old, now) {
		h.widen(old, now)
		for len(all) > 0 && h.above < all[len(all)-1].below {
			last := all[len(all)-1]
			all = all[:len(all)-1]
			h.from, h.nowFrom = last.from, last.nowFrom
			h.widen(old, now)
		}
		all = append(all, h)
	}
	return all
}

// widen finds the lines around a hunk.
func (h *hunk) widen(old, now []string) {
	h.above, h.below = h.from, h.to
	for {
		search := old[h.above:h.below]
		once := times(old, search) == 1 && times(now, search) == 0 // also after the edits before it
		if once && strings.TrimSpace(strings.Join(search, "")) != "" || h.above == 0 && h.below == len(old) {
			return
		}
		h.above, h.below = max(0, h.above-1), min(len(old), h.below+1)
	}
}

// times returns how often lines occur among others.
func times(lines, part []string) (n int) {
	for i := 0; i+len(part) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(part)], part) {
			n++
		}
	}
	return n
}

// hunk is a run of lines that differ: from..to-1 of the old ones, nowFrom..nowTo-1 of the
// new ones; with those around it, above..below-1 of the old ones.
type hunk struct{ from, to, nowFrom, nowTo, above, below int }

// hunks compares two texts line by line, by their longest common subsequence.
func hunks(old, now []string) (all []hunk) {
	longest := make([][]int, len(old)+1) // of old[i:] and now[j:]
	for i := range longest {
		longest[i] = make([]int, len(now)+1)
	}
	for i, line := range slices.Backward(old) {
		for j, other := range slices.Backward(now) {
			if line == other {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(old) || j < len(now); {
		if i < len(old) && j < len(now) && old[i] == now[j] {
			i, j = i+1, j+1
			continue
		}
		h := hunk{from: i, nowFrom: j}
		for i < len(old) || j < len(now) {
			switch {
			case i < len(old) && j < len(now) && old[i] == now[j]:
			case j == len(now) || i < len(old) && longest[i+1][j] >= longest[i][j+1]:
				i++
				continue
			default:
				j++
				continue
			}
			break
		}
		h.to, h.nowTo = i, j
		all = append(all, h)
	}
	return all
}
