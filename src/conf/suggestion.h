// SPDX-License-Identifier: ISC
//
// conf/suggestion.h - what an unknown name was probably meant to be.

#pragma once

#include <string>
#include <string_view>

namespace postern::conf {

// The path in the table of settings that name, found in the group whose settings begin with
// prefix ("", "spool.", "listeners[]."), is at most two letters away from; else the path of the
// same name in another group; else empty.
std::string suggest(std::string_view prefix, std::string_view name);

// The number of letters to insert, remove or change to make b of a.  Both should be short.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace postern::conf
