// SPDX-License-Identifier: ISC
//
// conf/defaults.h - values for what the file does not set.

#pragma once

#include <optional>
#include <string>

#include "conf/report.h"
#include "conf/settings.h"

namespace postern::conf {

// The value of Setting::fallback; nothing if that is a word and no value.
std::optional<Value> default_value(const Setting& setting);

// Gives the settings of object their defaults.
void set_defaults(Object object);

// Once the whole document is read: works out what follows from other settings (TLS and AUTH of
// listeners, the host name, the sets of addresses, extensions that go together) and brings the rest
// into the form that Config promises.  directory is that of the main file.
void complete(Config& config, const std::string& directory, Report& report);

}  // namespace postern::conf
