// SPDX-License-Identifier: ISC
//
// conf/value.h - what one setting holds, and the way to it in a Config.

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "conf/config.h"

namespace postern::conf {

// Sizes are octets, times are seconds, choices are their names.
using Value = std::variant<std::string, bool, std::uint64_t, std::vector<std::string>>;

// Reads and writes one member of an Owner.  set must get the alternative that get returns.
template <typename Owner>
struct Accessor {
  Value (*get)(const Owner&);
  void (*set)(Owner&, const Value&);
};

// Settings live in these.
using AnyAccessor = std::variant<Accessor<Config>, Accessor<Listener>, Accessor<Certificate>,
                                 Accessor<Link>, Accessor<Period>, Accessor<AppleTalkName>>;
using Object = std::variant<Config*, Listener*, Certificate*, Link*, Period*, AppleTalkName*>;
using ConstObject = std::variant<const Config*, const Listener*, const Certificate*, const Link*,
                                 const Period*, const AppleTalkName*>;

}  // namespace postern::conf
