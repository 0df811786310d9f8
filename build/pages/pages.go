// Pages writes what a release has beside the program: manual pages, and scripts that let shells complete its command line. It writes
// them into man/ and completion/ of a directory.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/fennec-project/podtracer/ui/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./build/pages DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	root := cli.Command()
	root.DisableAutoGenTag = true                                             // pages of the same sources are the same
	root.PersistentFlags().Lookup("cache-dir").DefValue = "$HOME/.kube/cache" // that of the reader, not of the writer
	man, completion := filepath.Join(dir, "man"), filepath.Join(dir, "completion")
	for _, d := range []string{man, completion} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := writeCompletion(root, completion); err != nil {
		return err
	}
	escape(root)
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "podtracer", Manual: "podtracer"}, man)
}

// escape keeps the brackets of usage lines, which are Markdown on their way to a manual page: "[-n NAMESPACE] (TOOL" would be a link.
func escape(c *cobra.Command) {
	c.Use = strings.NewReplacer("[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`).Replace(c.Use)
	for _, sub := range c.Commands() {
		escape(sub)
	}
}

func writeCompletion(root *cobra.Command, dir string) error {
	for name, generate := range map[string]func(string) error{
		"podtracer.bash": func(path string) error { return root.GenBashCompletionFileV2(path, true) },
		"_podtracer":     root.GenZshCompletionFile,
		"podtracer.fish": func(path string) error { return root.GenFishCompletionFile(path, true) },
		"podtracer.ps1":  root.GenPowerShellCompletionFileWithDesc,
	} {
		if err := generate(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
