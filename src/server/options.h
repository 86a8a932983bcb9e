// SPDX-License-Identifier: ISC
//
// server/options.h - the command line of posternd.

#pragma once

#include <string>

#include "base/result.h"

namespace postern::server {

// Fixed, since scripts depend on it; posternd(8) describes each.
struct Options {
  enum class Mode {
    background,     // no flag: detach, supervise
    foreground,     // -f: supervise
    single,         // -x: one worker, no supervisor
    check,          // -t: test the configuration
    show_settings,  // -T: print the effective settings
    version,        // -V
  };

  Mode mode = Mode::background;
  std::string config_path;  // -c, absolute
  bool debug = false;       // -d: log everything, to standard error
};

// The error is what to tell the user, usage included.
Result<Options> parse_options(int argc, char** argv);

}  // namespace postern::server
