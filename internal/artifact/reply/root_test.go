package reply_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// TestRoots reads each reply in all forms that name a file.
func TestRoots(t *testing.T) {
	const absolute = "the path is absolute"
	for _, tc := range []struct {
		name  string
		known string // of the project
		paths string
		want  string
		left  []string // why paths are left out
	}{
		{name: "a slash is the project", paths: "/index.js /src/a.js b.js", want: "index.js src/a.js b.js"},
		{name: "a workspace", paths: "/home/project/widgets/b.js /home/project/src/app.js", want: "widgets/b.js src/app.js"},
		{name: "a workspace and a slash", paths: "/home/project/a.js /b.js /css/c.js", want: "a.js b.js css/c.js"},
		{name: "a folder in a workspace", paths: "/workspace/clock/index.html /workspace/clock/src/a.js", want: "index.html src/a.js"},
		{name: "addresses of files", paths: "file:///app/script.js file:///app/lib/a.js", want: "script.js lib/a.js"},
		{name: "addresses of files of Windows", paths: "file:///C:/clock/a.js file:///C:/clock/lib/b.js", want: "a.js lib/b.js"},
		{name: "a slash, then what looks like a workspace", paths: "/index.js /app/script.js", want: "index.js app/script.js"},
		{name: "pages of Next.js", paths: "/app/page.js /app/globals.css", want: "app/page.js app/globals.css"},
		{name: "a drive", paths: `C:\x\index.js C:\x\src\app.js c:/x/b.js`, want: "index.js src/app.js b.js"},
		{name: "another drive", paths: `C:\x\index.js D:\x\app.js`, want: "index.js", left: []string{absolute + `, and not below "c:/x" as the others`}},
		{name: "a drive itself", paths: `C:\x.js`, left: []string{"the path holds one of \\ : * ? \" < > | `"}},
		{name: "backslashes", paths: `src\app.js .\b.js src\\c.js`, want: "src/app.js b.js src/c.js"},
		{name: "a home", paths: "~/clock/src/x.js ~/clock/b.js", want: "src/x.js b.js"},
		{name: "what a home hides", paths: "~/.ssh/x.js /home/jane/.config/y.js", left: []string{absolute, absolute}},
		{name: "a root that widens", paths: "/Users/jane/clock/widgets/w.js /Users/jane/clock/src/app.js /Users/jane/clock/b.js", want: "widgets/w.js src/app.js b.js"},
		{name: "somebody else's folder", paths: "/Users/jane/clock/src/app.js /Users/joe/clock/c.js /Users/jane/d.js", want: "src/app.js",
			left: []string{absolute + `, and not below "/Users/jane/clock" as the others`, absolute + `, and not below "/Users/jane/clock" as the others`}},
		{name: "the system", paths: "/workspace/app.js /etc/passwd.js /usr/bin/x.js /dev/null.js", want: "app.js", left: []string{absolute, absolute, absolute}},
		{name: "the system of Windows", paths: `C:\Windows\x.js`, left: []string{"the path holds one of \\ : * ? \" < > | `"}},
		{name: "a server", paths: `\\server\share\x.js`, left: []string{"the path holds one of \\ : * ? \" < > | `"}},
		{name: "the way out", paths: `/workspace/../x.js ..\x.js a\..\..\y.js`, left: []string{`the path has a part that is empty, "." or ".."`, `the path has a part that is empty, "." or ".."`, `the path has a part that is empty, "." or ".."`}},
		{name: "after a way out", paths: "../x.js /root.js", left: []string{`the path has a part that is empty, "." or ".."`, absolute}},
		{name: "files of the project", known: "src/app.js widgets/w.js", paths: "/Users/jane/x/widgets/w.js /Users/jane/x/b.js /Users/jane/x/src/app.js", want: "widgets/w.js b.js src/app.js"},
		{name: "a folder of the project that looks like a workspace", known: "app/main.js", paths: "/app/main.js /app/b.js", want: "app/main.js app/b.js"},
		{name: "a file of the project in a folder of a workspace", known: "app.js", paths: "/workspace/clock/app.js /workspace/clock/b.js", want: "app.js b.js"},
		{name: "a new file that is called as one of the project", known: "index.js", paths: "/home/project/src/index.js", want: "src/index.js"},
	} {
		for form, pattern := range map[string]string{
			"info":    "```%[2]s %[1]s\nx\n```\n",
			"title":   "```%[2]s title=\"%[1]s\"\nx\n```\n",
			"heading": "### %[1]s\n```%[2]s\nx\n```\n",
			"label":   "File: `%[1]s`\n```%[2]s\nx\n```\n",
			"tag":     "<file path=\"%[1]s\">\nx\n</file>\n",
			"edit":    "%[1]s\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
		} {
			t.Run(tc.name+"/"+form, func(t *testing.T) {
				var p reply.Parser
				for path := range strings.FieldsSeq(tc.known) {
					p.Known.Add(path)
				}
				for path := range strings.FieldsSeq(tc.paths) {
					p.Write(fmt.Sprintf(pattern, path, path[strings.LastIndexByte(path, '.')+1:]))
				}
				r := p.Close()
				var paths, left []string
				for _, f := range r.Files {
					paths = append(paths, f.Path)
				}
				for _, e := range r.Edits {
					paths = append(paths, e.Path)
				}
				for _, w := range r.Warnings {
					left = append(left, strings.TrimSuffix(strings.TrimPrefix(w.Text, "Left out: "), "."))
				}
				if got := strings.Join(paths, " "); got != tc.want {
					t.Errorf("files %s, want %s; %v", got, tc.want, r.Warnings)
				}
				if diff := cmp.Diff(tc.left, left); diff != "" {
					t.Errorf("left out (-want +got):\n%s", diff)
				}
				for _, path := range paths {
					if clean, err := artifact.CleanPath(path); err != nil || clean != path {
						t.Errorf("%q, %v", path, err)
					}
				}
			})
		}
	}
}
