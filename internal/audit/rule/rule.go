// Package rule names what the audit looks for.
package rule

// The rules.
const (
	DanglingKey        = "dangling-key"
	UnusedSecret       = "unused-secret"
	ConflictingDefault = "conflicting-default"
	ComputedKey        = "computed-key"
	EnvFile            = "env-file"
	EnvRead            = "env-read"
	EnvSecret          = "env-secret"
	ESCWriter          = "esc-writer"
	SyncScript         = "sync-script"
	NameConvention     = "name-convention"
	WorkflowUnknown    = "workflow-unknown"
	WorkflowMissing    = "workflow-missing"
	Credential         = "credential"
	Ignore             = "ignore"
	Baseline           = "baseline"
)
