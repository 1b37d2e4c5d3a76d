package merge

import (
	"dreambuild.dev/backend/internal/artifact"
)

// Shrinks returns the paths of the files that become less than half as long, or have
// nothing of what they had, and whose lines are in no file afterwards, so that they may
// have been forgotten. What a page has within counts by itself.
func Shrinks(before, after []artifact.File) (paths []string) {
	now := map[string]string{}
	for _, f := range after {
		now[f.Path] = f.Content
	}
	var have map[string]int // the lines of all files
	lost := func(old, left string) bool {
		if 2*len(left) >= len(old) {
			return false
		}
		if have == nil {
			have = map[string]int{}
			for _, a := range after {
				for line, n := range artifact.CountLines(a.Content) {
					have[line] += n
				}
			}
		}
		gone, all := 0, 0
		for line, n := range artifact.CountLines(old) {
			all += n
			gone += max(0, n-have[line])
		}
		return all >= leastLines && 2*gone > all
	}
	for _, f := range before {
		content, there := now[f.Path]
		if !there || content == f.Content {
			continue
		}
		page := kindOf(f.Path) == "html"
		switch {
		case lost(f.Content, content),
			!page && unlike(f.Path, f.Content, content) && kindOf(f.Path) != "" && lost(f.Content, ""),
			page && lost(inline(f.Content, "script"), inline(content, "script")),
			page && lost(inline(f.Content, "style"), inline(content, "style")):
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// leastLines is how many lines a file has at least whose shrinking says anything.
const leastLines = 7
