package pipeline

import (
	"net/http"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// StrictVariable is the environment variable that makes a preview fail on any
// finding, after it has shown everything. It is not for an up, whose own preview
// would end it.
const StrictVariable = "STRICT_PREVIEW"

// Options are the program's dependencies. The zero Options are the real ones.
type Options struct {
	Dir    string                           // holds the catalog; "" is the folder of Pulumi.yaml
	Lookup func(name string) (string, bool) // nil is the process's environment
	HTTP   *http.Client                     // asks GitHub and ESC; nil is a client with a timeout
	Now    func() time.Time                 // nil is time.Now; for "2 h ago" alone
}

// Program is the pipeline with its real dependencies.
func Program(ctx *pulumi.Context) error { return New(Options{})(ctx) }

// New is the pipeline as a value. The input is checked and the world is read
// before the first resource but the providers is registered, so bad input and an
// outage leave everything as it was.
func New(o Options) pulumi.RunFunc {
	o = o.withDefaults()
	return func(ctx *pulumi.Context) error {
		last, err := readPrevious(ctx)
		if err != nil {
			return err
		}
		s, err := o.settings(ctx)
		if err != nil {
			return err
		}
		w, err := s.read(ctx, last)
		if err != nil {
			return err
		}
		p, err := newPipeline(ctx, s, w)
		if err != nil {
			return err
		}
		if err := p.report(ctx); err != nil {
			return err
		}
		if err := p.provision(ctx); err != nil {
			return err
		}
		return p.strict()
	}
}

func (o Options) withDefaults() Options {
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
