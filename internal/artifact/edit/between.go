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
	for _, h := range hunks(old, now) {
		from, to := h.from, h.to
		for {
			search := old[from:to]
			once := times(old, search) == 1 && times(now, search) == 0 // also after the edits before it
			if once && strings.TrimSpace(strings.Join(search, "")) != "" || from == 0 && to == len(old) {
				break
			}
			from, to = max(0, from-1), min(len(old), to+1)
		}
		edits = append(edits, artifact.Edit{
			Path:    after.Path,
			Search:  strings.Join(old[from:to], ""),
			Replace: strings.Join(old[from:h.from], "") + strings.Join(now[h.nowFrom:h.nowTo], "") + strings.Join(old[h.to:to], ""),
		})
	}
	return edits
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
// new ones.
type hunk struct{ from, to, nowFrom, nowTo int }

// apart is how many equal lines part two hunks: fewer would be the context of both.
const apart = 4

// hunks compares two texts line by line, by their longest common subsequence.
func hunks(old, now []string) (all []hunk) {
	longest := make([][]int, len(old)+1) // of old[i:] and now[j:]
	for i := range longest {
		longest[i] = make([]int, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if old[i] == now[j] {
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
		h := hunk{i, i, j, j}
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
		if last := len(all) - 1; last >= 0 && h.from-all[last].to < apart {
			all[last].to, all[last].nowTo = h.to, h.nowTo
		} else {
			all = append(all, h)
		}
	}
	return all
}
