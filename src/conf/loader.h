// SPDX-License-Identifier: ISC
//
// conf/loader.h - from a libconfig file to a Config.

#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "conf/config.h"
#include "conf/fault.h"

namespace postern::conf {

using Loaded = tl::expected<Config, std::vector<Fault>>;

// Reads the file and all it includes.  Every fault is reported, in the order of their lines and
// not only the first, except that a broken grammar hides what stands behind it; those of lists of
// addresses in other files come last.  Relative names in @include are looked up beside the main
// file, wherever the process stands.  Nothing but these files is touched (and /etc/mailname, if
// neither the file nor the kernel knows a full host name): whether certificates, users and
// directories are usable is found when they are used.
Loaded load_file(const std::string& path);

// The same for text, for tests and fuzzing; @include is a fault here.
Loaded load_text(std::string_view text);

// Every setting with the value in force, defaults filled in, one "name = value;" a line inside
// the braces of its group, in the order of postern.conf(5).  The output is a configuration again
// and loads to an equal Config (posternd -T).
std::string effective_settings(const Config& config);

}  // namespace postern::conf
