// SPDX-License-Identifier: ISC
//
// conf/value_syntax.h - values as the file writes them.

#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conf/document.h"
#include "conf/settings.h"

namespace postern::conf {

// The value of node, if it has the type of setting, is within its bounds or among its choices,
// and passes its check.  Else what is wrong, without the name of the setting: one fault, or for
// a list one for each bad element.
tl::expected<Value, std::vector<LineFault>> read_value(const Setting& setting, const Node& node);

// In libconfig syntax; read_value gives the value back.
std::string print_value(const Setting& setting, const Value& value);

}  // namespace postern::conf
