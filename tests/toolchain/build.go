package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// build builds those tools that are not fresh into the folder bin of out, and
// links the plugins among them into the folder plugins.
func build(ctx context.Context, chosen []tool, out string, stderr io.Writer) error {
	bin, err := filepath.Abs(filepath.Join(out, "bin"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for i, t := range chosen {
		title := fmt.Sprintf("building %s (%d of %d)", t.name, i+1, len(chosen))
		if err := t.refresh(ctx, bin, title, stderr); err != nil {
			return fmt.Errorf("building %s: %w", t.name, err)
		}
		if err := t.link(out); err != nil {
			return fmt.Errorf("linking %s: %w", t.name, err)
		}
	}
	return nil
}

// refresh builds a tool if it is not fresh, and prints nothing if it is.
func (t tool) refresh(ctx context.Context, bin, title string, stderr io.Writer) error {
	digest, err := t.inputs()
	if err != nil || t.fresh(bin, digest) {
		return err
	}
	shown := newProgress(stderr, title)
	err = t.build(ctx, bin, digest, shown)
	shown.stop(err)
	return err
}

// build moves the program into place only when it is complete. While it is being
// replaced, there is no stamp.
func (t tool) build(ctx context.Context, bin, digest string, shown *progress) error {
	temporary, err := os.MkdirTemp(bin, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	program, stamp := filepath.Join(temporary, t.name), filepath.Join(temporary, "inputs")
	if err := t.compile(ctx, program, shown); err != nil {
		return err
	}
	if err := os.WriteFile(stamp, []byte(digest), 0o644); err != nil {
		return err
	}
	if err := os.RemoveAll(t.stamp(bin)); err != nil {
		return err
	}
	if err := os.Rename(program, filepath.Join(bin, t.name)); err != nil {
		return err
	}
	return os.Rename(stamp, t.stamp(bin))
}

// link lays a plugin out as in a PULUMI_HOME: for a plugin on PATH Pulumi prints
// several warnings in a run.
func (t tool) link(out string) error {
	if t.plugin == "" {
		return nil
	}
	folder := filepath.Join(out, "plugins", t.plugin)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	err := os.Symlink(filepath.Join("..", "..", "bin", t.name), filepath.Join(folder, t.name))
	if os.IsExist(err) {
		return nil
	}
	return err
}
