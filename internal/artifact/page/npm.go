package page

import (
	"encoding/json"
	"slices"
	"strings"
)

// Packages that the set does not hold are loaded by the browser from these two public
// networks for npm packages, at one version. The module network serves a package as
// standard modules, and with ?external= leaves imports of the named packages as they
// are, so that they follow the page's import map: there is one React.
const (
	moduleNetwork = "https://esm.sh/"
	scriptNetwork = "https://cdn.jsdelivr.net/npm/"
)

// packages is the version of each package that a set names.
type packages map[string]string

// pinnedBy returns the versions that a package.json asks for. A range is taken at its
// lowest version: that is what the app was written for.
func pinnedBy(packageJSON string) packages {
	var p struct{ PeerDependencies, DevDependencies, Dependencies map[string]string }
	if json.Unmarshal([]byte(packageJSON), &p) != nil {
		return nil
	}
	all := packages{}
	for _, group := range []map[string]string{p.PeerDependencies, p.DevDependencies, p.Dependencies} {
		for name, versions := range group {
			if m := exact().FindStringSubmatch(versions); m != nil {
				all[name] = m[1]
			}
		}
	}
	return all
}

var exact = compiled(`^[~^>=v ]*(\d+(?:\.\d+){0,2}(?:-[\w.]+)?)$`)

// usual pins packages that apps often use without naming a version.
var usual = packages{
	"@dnd-kit/core": "6.3.1", "@dnd-kit/sortable": "10.0.0", "@headlessui/react": "2.2.10", "@heroicons/react": "2.2.0", "@react-three/drei": "10.7.9",
	"@react-three/fiber": "9.8.2", "@reduxjs/toolkit": "2.14.0", "@tanstack/react-query": "5.108.0", "animejs": "4.5.0", "axios": "1.21.1", "cannon-es": "0.20.0",
	"canvas-confetti": "1.9.4", "chart.js": "4.6.1", "class-variance-authority": "0.7.1", "classnames": "2.5.1", "clsx": "2.1.1", "d3": "7.9.2", "date-fns": "4.4.0",
	"dayjs": "1.11.23", "dexie": "4.4.7", "dompurify": "3.4.18", "echarts": "6.1.0", "framer-motion": "14.14.0", "gsap": "3.15.0", "howler": "2.2.4", "htm": "3.1.1",
	"idb": "8.0.4", "immer": "11.2.10", "jotai": "3.0.1", "jquery": "4.0.0", "leaflet": "1.9.4", "lit": "3.3.3", "lodash": "4.18.1", "lodash-es": "4.18.1",
	"lucide-react": "1.73.0", "marked": "18.2.1", "mathjs": "15.2.0", "matter-js": "0.20.0", "moment": "2.31.0", "motion": "14.14.0", "nanoid": "6.0.2", "p5": "2.3.4",
	"papaparse": "5.7.1", "phaser": "4.2.1", "pixi.js": "8.22.0", "react-chartjs-2": "5.3.1", "react-hook-form": "7.92.0", "react-hot-toast": "2.6.1",
	"react-icons": "5.7.0", "react-leaflet": "5.0.0", "react-markdown": "10.1.0", "react-redux": "9.3.1", "react-router": "8.5.1", "react-router-dom": "7.18.5",
	"recharts": "3.10.1", "redux": "5.0.1", "rxjs": "7.8.2", "simplex-noise": "4.0.3", "sonner": "2.0.8", "sortablejs": "1.15.7", "styled-components": "6.6.0",
	"swr": "2.5.1", "tailwind-merge": "3.7.0", "three": "0.187.0", "tone": "15.5.44", "uuid": "14.0.3", "vue": "3.5.45", "zod": "4.6.7", "zustand": "5.1.0",
	"@tailwindcss/browser": "4.3.3",
}

// version returns the version at which a package is loaded; "" for one that nobody
// has chosen.
func (p packages) version(name string) string {
	if v := p[name]; v != "" {
		return v
	}
	return usual[name]
}

// packageName splits a specifier into the package and the path within.
func packageName(specifier string) (name, subpath string) {
	parts := strings.SplitN(specifier, "/", 3)
	n := 1
	if strings.HasPrefix(specifier, "@") {
		n = 2
	}
	if len(parts) <= n {
		return specifier, ""
	}
	name = strings.Join(parts[:n], "/")
	return name, strings.TrimPrefix(specifier, name)
}

// isPackage matches a specifier that may name a package of npm.
var isPackage = compiled(`^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-zA-Z0-9~-][a-zA-Z0-9._~-]*(/[\w.@~+-]+)*$`)

// url returns where a browser loads a package's module. The external ones are
// resolved by the import map.
func (p packages) url(specifier string, external []string) string {
	name, subpath := packageName(specifier)
	url := moduleNetwork + name
	if v := p.version(name); v != "" {
		url += "@" + v
	}
	external = slices.DeleteFunc(slices.Clone(external), func(e string) bool { return e == name })
	folder := strings.HasSuffix(subpath, "/")
	switch {
	case len(external) == 0:
		return url + subpath
	case folder: // a query before the path lets an import map end in a slash
		return url + "&external=" + strings.Join(external, ",") + subpath
	}
	return url + subpath + "?external=" + strings.Join(external, ",")
}

// ofServers are modules that only a server has: https://nodejs.org/api/modules.html
var ofServers = []string{
	"assert", "async_hooks", "child_process", "cluster", "crypto", "dgram", "dns", "fs", "http", "http2", "https", "module", "net", "os", "path", "perf_hooks",
	"process", "readline", "stream", "tls", "tty", "url", "util", "v8", "vm", "worker_threads", "zlib",
}

func isOfServers(specifier string) bool {
	name, _ := packageName(specifier)
	return strings.HasPrefix(specifier, "node:") || slices.Contains(ofServers, name)
}
