// SPDX-License-Identifier: ISC
//
// control/metrics_label.h - labels in Prometheus' text format.

#pragma once

#include <string>
#include <string_view>

namespace postern::control {

// A label's value as it stands between quotes: \, " and LF are escaped.
std::string label_value(std::string_view text);

}  // namespace postern::control
