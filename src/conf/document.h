// SPDX-License-Identifier: ISC
//
// conf/document.h - what a configuration says, before anyone asks what it means.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "conf/source_text.h"

namespace postern::conf {

// A setting, group, list or element of a list, as libconfig's grammar has them.
struct Node {
  enum class Kind { group, list, string, integer, fraction, boolean };

  Kind kind = Kind::group;
  std::string name;         // empty for the whole and for elements of a list
  unsigned line = 0;        // of SourceText; 0 for the whole
  std::string text;         // Kind::string
  std::int64_t number = 0;  // Kind::integer
  bool flag = false;        // Kind::boolean
  std::vector<Node> items;  // Kind::group: the settings; Kind::list, from ( ) or [ ]: the elements
};

// "a string", "a group", ...: for messages.
std::string_view kind_name(Node::Kind kind);

// The whole as a group.  source must be free of faults.  A broken grammar ends the reading at
// the first fault.
tl::expected<Node, LineFault> parse(const SourceText& source);

}  // namespace postern::conf
