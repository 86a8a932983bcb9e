// SPDX-License-Identifier: ISC
//
// control/metrics_label.cpp - labels in Prometheus' text format.

#include "control/metrics_label.h"

namespace postern::control {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '\n') out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  return out;
}

}  // namespace postern::control
