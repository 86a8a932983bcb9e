// SPDX-License-Identifier: ISC
//
// daemon/options.h - the command line of posternd.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace postern::daemon {

// Fixed, since scripts depend on it; posternd(8) describes each.
struct Options {
  enum class Mode {
    background,     // no flag: detach, supervise
    foreground,     // -f: supervise
    single,         // -x: one worker, no supervisor
    check,          // -t: test the configuration
    show_settings,  // -T: print the effective settings
    recover,        // -R: bring what is in the journal into the Maildir
    version,        // -V
  };

  Mode mode = Mode::background;
  std::string config_path;  // -c, absolute
  bool debug = false;       // -d: log everything, to standard error
};

// The error is what to tell the user, usage included.
Result<Options> parse_options(int argc, char** argv);

// A command line that means these options to a server which has started already, from whatever
// directory it is in now.
std::vector<std::string> command_line(const Options& options);

}  // namespace postern::daemon
