package functions

import (
	"encoding/json"
	"testing"
)

// TestPayloadHashStaysTheSame: a client may send a turn to one release and repeat
// it to the next. A request that both know must have the same hash in both, so
// that a new field is optional and absent from the JSON when it is not set. A
// hash below changes only if requests of this kind may be refused as turn-reused
// during a deploy.
func TestPayloadHashStaysTheSame(t *testing.T) {
	for _, tc := range []struct {
		name, function, request string
		into                    any
		want                    string
	}{
		{"a prompt", "generateCode", `{"prompt":"a clock"}`, new(generateCodeRequest),
			"v1:fb77f5ccf14ada3fefdcd7ed1e955e08f0facdf332b5ed6e291894f5a78d75e3"},
		{"a prompt in a project, by a client that retries", "generateCode", `{"prompt":"a clock","projectId":"p","turnId":"t"}`, new(generateCodeRequest),
			"v1:fb77f5ccf14ada3fefdcd7ed1e955e08f0facdf332b5ed6e291894f5a78d75e3"},
		{"what continues a turn", "generateCode", `{"projectId":"p","continues":"t"}`, new(generateCodeRequest),
			"v1:82e206a91843399c4d34ad523599f06d5f9b19436f8b280a74b134568c680b89"},
		{"what the running app has thrown", "generateCode", `{"projectId":"p","errors":[{"message":"x is not defined","stack":"at a.js:1:2","path":"a.js","line":1},{"message":"y"}]}`, new(generateCodeRequest),
			"v1:7ef9c4e8ea216a260f8bf8a72bf40802b5ee4303f22a5ce48cc15a6c85b11135"},
		{"an element that was picked", "generateCode", `{"prompt":"red","projectId":"p","target":{"selector":"#a","html":"<p id=a>"}}`, new(generateCodeRequest),
			"v1:3aace5e3edf2d163941c5a17b421ac0570635be82a9a59d3be6139b1e65ef785"},
		{"a prompt without errors or an element", "generateCode", `{"prompt":"a clock","errors":[],"target":null}`, new(generateCodeRequest),
			"v1:fb77f5ccf14ada3fefdcd7ed1e955e08f0facdf332b5ed6e291894f5a78d75e3"},
		{"files", "saveProject", `{"files":[{"path":"index.html","content":"<p>"}],"generatedBy":"me","source":"edit"}`, new(saveProjectRequest),
			"v1:f7e0d02cc1e65b511824000dc7710c46d9b7efb03ce4980f6343ee7c3a2a4386"},
		{"files of which every character counts", "saveProject", `{"projectId":"p","files":[{"path":"a.js","content":"a < b && \"c\"\u2028"},{"content":"","path":"b.css"}],"generatedBy":"me","source":"edit","name":"N"}`, new(saveProjectRequest),
			"v1:fc5d3a45b51a70108a90cbe3119baf652ad9f62d10de0be26548a2c31aef85e7"},
		{"a reply", "saveProject", `{"reply":"text","generatedBy":"WebLLM","source":"browser","prompt":"a clock","name":"Clock"}`, new(saveProjectRequest),
			"v1:a408b98a386901985256c9c83f509cefd91a92a473a6b2dbf7f184292c43fc3d"},
		{"a restore", "restoreVersion", `{"projectId":"p","version":3}`, new(restoreVersionRequest),
			"v1:26ded7e2b58ee9447e00eb7bd6037d1292d70038dbbdc133abfbd5b18ed9a31f"},
	} {
		if err := json.Unmarshal([]byte(tc.request), tc.into); err != nil {
			t.Fatal(err)
		}
		if got, err := payloadHash(tc.function, tc.into); got != tc.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", tc.name, got, err, tc.want)
		}
	}
}
