package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/uses"
)

// A rename of a key with readers: preview names the first three lines and their
// number, as uses.yaml beside the catalog has them, and asks for no file that it does
// not ask for without readers. When the entry serves the old key too, all is well.
func TestReadersOfRenamedKey(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	without := w.count()
	const known = `repositories:
  acme/backend:
    keys:
      vercel_api_token: ["deploy/a.py:10", "deploy/b.py:20"]
  acme/web:
    keys:
      openai_api_key: ["app.py:1"]
      vercel_api_token: ["run.sh:3", "run.sh:7"]
`
	if err := os.WriteFile(filepath.Join(w.Dir, uses.FileName), []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if with := w.count(); with != without {
		t.Errorf("%d requests, %d without readers", with, without)
	}
	w.edit("key: vercel_api_token", "key: vercel_token")
	const message = `key "vercel_api_token" is read in 4 places (acme/backend/deploy/a.py:10, acme/backend/deploy/b.py:20, acme/web/run.sh:3 and 1 more), and no secret serves it`
	w.contains(w.preview(), message, "the store still has it, and no sync renews it", "secretctl check")
	w.contains(w.secretctl(1, "status", "--all"), message, "READERS")
	w.contains(w.secretctl(1, "check"), "uses.yaml:4:1: ", "acme/web/run.sh:7", "error: 1 problem")
	w.edit("key: vercel_token", "key: [vercel_token, vercel_api_token]")
	if out := w.preview(); strings.Contains(out, "is read in") {
		t.Errorf("the key is served:\n%s", out)
	}
	w.secretctl(0, "check")
}
