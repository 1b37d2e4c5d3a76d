package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/quota"
)

// BenchmarkRedirect asks the deployable for one redirect after the other, as a
// browser with a session does.
func BenchmarkRedirect(b *testing.B) {
	bucket := OpenModelBucket(b, nil)
	s := StartBinary(b, BuildDeployable(b), "", bucket.Env()...)
	_, admin := SignUpWith(b, `{"admin":true}`)
	id := NewModelID("redirect")
	dir, _ := WriteRevision(b, id, 100, 10, quota.Free)
	bucket.Upload(b, dir, "models/"+id+"/v1/")
	MustAsk(b, s, admin, "publishModel", Revision{ModelID: id, Revision: "v1"})
	res, err := Post(b.Context(), s, admin, "openModelSession", `{"data":null}`, "")
	if err != nil || len(res.Cookies()) != 1 {
		b.Fatalf("openModelSession: %v, %v", res, err)
	}
	res.Body.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var cold, warm []float64
	for n := 0; b.Loop(); n++ {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/models/%s/resolve/v1/params_shard_%d.bin", s.Port, id, n%100), nil)
		if err != nil {
			b.Fatal(err)
		}
		req.AddCookie(res.Cookies()[0])
		begun := time.Now()
		got, err := client.Do(req)
		ms := float64(time.Since(begun).Microseconds()) / 1000
		if err != nil || got.StatusCode != http.StatusFound {
			b.Fatalf("%v, %v", got, err)
		}
		got.Body.Close()
		if n < 100 {
			cold = append(cold, ms)
		} else {
			warm = append(warm, ms)
		}
	}
	ReportSpread(b, cold, "ms-first")
	ReportSpread(b, warm, "ms-warm")
}

// report gives the middle and the spread of what was measured.
func ReportSpread(b *testing.B, all []float64, unit string) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	b.ReportMetric(all[0], unit+"-min")
	b.ReportMetric(all[len(all)/2], unit+"-p50")
	b.ReportMetric(all[len(all)*99/100], unit+"-p99")
	b.ReportMetric(0, "ns/op")
}
