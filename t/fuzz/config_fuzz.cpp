// SPDX-License-Identifier: ISC
//
// t/fuzz/config_fuzz.cpp - configuration text from the first octet to the settings in force.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "conf/loader.h"
#include "conf/units.h"
#include "cut.h"

using namespace postern::conf;
using postern::test::require;

namespace {

void units(std::string_view text) {
  if (const auto size = parse_size(text)) require(parse_size(print_size(*size)) == *size);
  if (const auto time = parse_time(text)) require(parse_time(print_time(*time)) == *time);
}

}  // namespace

// libconfig 1.5 loses the string that it finds where its grammar has none.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libconfig\n";
}

// A text is loaded or has faults; what was loaded prints as a text that loads to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  units(text);
  const auto config = load_text(text);
  if (!config) {
    require(!config.error().empty());
    for (const Fault& fault : config.error()) {
      const bool is_elsewhere = text.find('@') != std::string::npos;  // in a list of addresses
      require(is_elsewhere || fault.message().starts_with("(text)"));
    }
    return 0;
  }
  const std::string effective = effective_settings(*config);
  const auto again = load_text(effective);
  require(again.has_value() && effective_settings(*again) == effective);
  return 0;
}
