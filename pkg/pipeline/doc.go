// Package pipeline is the Pulumi program: the whole secret pipeline as
// resources, so that drift shows in a preview and is repaired by an up.
//
// It never deletes what it did not create: organization secrets, the store and
// the environment are kept when they leave the program. It never declares an
// organization secret whose value it does not hold, since the provider would
// blank it. It registers nothing inside an apply, so a preview lists what an up
// does.
package pipeline
