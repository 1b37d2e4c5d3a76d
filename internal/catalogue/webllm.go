package catalogue

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Files that WebLLM fetches before the weights. (Since 0.2.86 it no longer reads
// ndarray-cache.json.)
const (
	chatConfigName  = "mlc-chat-config.json"
	tensorCacheName = "tensor-cache.json"
)

// checkChatConfig says which tokenizer is missing: WebLLM takes tokenizer.json
// if it is named, else tokenizer.model, and ignores all others.
func checkChatConfig(c Config, text []byte) []string {
	var chat struct {
		TokenizerFiles []string `json:"tokenizer_files"`
	}
	if err := json.Unmarshal(text, &chat); err != nil {
		return []string{fmt.Sprintf("%s is not what WebLLM reads: %v", chatConfigName, err)}
	}
	for _, name := range []string{"tokenizer.json", "tokenizer.model"} {
		if slices.Contains(chat.TokenizerFiles, name) {
			if !c.lists(name) {
				return []string{fmt.Sprintf("%s names %s, which is not among the files", chatConfigName, name)}
			}
			return nil
		}
	}
	return []string{fmt.Sprintf("%s names neither tokenizer.json nor tokenizer.model in tokenizer_files: WebLLM needs one", chatConfigName)}
}

// checkTensorCache compares the records of weights with the files. The MD5 of a
// record is compared with the bucket's, where the bucket has one. WebLLM itself
// never reads it.
func checkTensorCache(c Config, text []byte, objects map[string]Object) []string {
	var cache struct {
		Records []struct {
			DataPath string `json:"dataPath"`
			Bytes    int64  `json:"nbytes"`
			MD5      string `json:"md5sum"`
		} `json:"records"`
	}
	if err := json.Unmarshal(text, &cache); err != nil {
		return []string{fmt.Sprintf("%s is not what WebLLM reads: %v", tensorCacheName, err)}
	}
	if len(cache.Records) == 0 {
		return []string{tensorCacheName + " has no records"}
	}
	var all []string
	problem := func(format string, args ...any) {
		all = append(all, tensorCacheName+": "+fmt.Sprintf(format, args...))
	}
	for i, r := range cache.Records {
		size := c.size(r.DataPath)
		object, uploaded := objects[r.DataPath]
		switch {
		case size < 0:
			problem("record %d is %q, which is not among the files", i, r.DataPath)
		case size != r.Bytes:
			problem("%s has %d bytes, but the file %d", r.DataPath, r.Bytes, size)
		case uploaded && r.MD5 != "" && len(object.MD5) > 0 && r.MD5 != hex.EncodeToString(object.MD5):
			problem("%s has the MD5 %s, but the object %x: is it another file's, or another version's?", r.DataPath, r.MD5, object.MD5)
		}
	}
	return all
}
