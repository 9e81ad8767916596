package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The config of a folder may be anybody's: no link of it is followed, and no size
// taken. One that a person names is read as it is.
func TestLoadConfig(t *testing.T) {
	dir := t.TempDir()
	file, link, large := filepath.Join(dir, "real.yaml"), filepath.Join(dir, ConfigName), filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(file, []byte("exclude: [a/]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(large, []byte(strings.Repeat("# \n", maxConfigBytes/3+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path  string
		named bool
		wrong string
	}{
		{file, false, ""}, {link, true, ""}, {large, true, ""}, {filepath.Join(dir, "none"), false, ""},
		{link, false, "is no regular file"}, {large, false, "is over 1048576 bytes"}, {filepath.Join(dir, "none"), true, "no such file"},
	} {
		_, err := LoadConfig(tc.path, tc.named)
		if (err == nil) != (tc.wrong == "") || err != nil && !strings.Contains(err.Error(), tc.wrong) {
			t.Errorf("%s, named %v: %v, want %q", filepath.Base(tc.path), tc.named, err, tc.wrong)
		}
	}
}
