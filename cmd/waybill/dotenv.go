package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// dotEnvFile is looked for in the working directory.
const dotEnvFile = ".env"

// readDotEnv reads settings from a file; no file is no settings.
func readDotEnv(path string) (map[string]string, error) {
	values, err := godotenv.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return values, nil
}

// dotEnv gives flags their values from the file where neither the command line nor the
// environment does. A variable that is set to nothing counts as not set: that is how
// compose files and CI systems pass on what they do not have.
func dotEnv(values map[string]string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			fromEnvironment, set := os.LookupEnv(name)
			if fromEnvironment != "" {
				return nil, nil
			}
			if value := values[name]; value != "" {
				return value, nil
			}
			if set && flag.HasDefault {
				return flag.Default, nil
			}
		}
		return nil, nil
	})
}
