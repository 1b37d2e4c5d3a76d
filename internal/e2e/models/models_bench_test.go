package models_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/quota"
)

// BenchmarkRedirect asks the deployable for one redirect after the other, as a
// browser with a session does.
func BenchmarkRedirect(b *testing.B) {
	bucket := e2etest.OpenModelBucket(b, nil)
	s := e2etest.StartBinary(b, e2etest.BuildDeployable(b), "", bucket.Env(`PLANS={"free": {`+e2etest.ManyCalls+`}}`)...)
	_, admin := e2etest.SignUpWith(b, `{"admin":true}`)
	id := e2etest.NewModelID("redirect")
	dir, _ := e2etest.WriteRevision(b, id, 100, 10, quota.Free)
	bucket.Upload(b, dir, "models/"+id+"/v1/")
	e2etest.MustAsk(b, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	res, err := e2etest.Post(b.Context(), s, admin, "openModelSession", `{"data":null}`, "")
	if err != nil || len(res.Cookies()) == 0 {
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
	e2etest.ReportSpread(b, cold, "ms-first")
	e2etest.ReportSpread(b, warm, "ms-warm")
}
