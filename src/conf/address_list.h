// SPDX-License-Identifier: ISC
//
// conf/address_list.h - `clients` and `blocked`: addresses, and files of addresses.

#pragma once

#include <string>
#include <vector>

#include "base/address_set.h"
#include "base/result.h"
#include "conf/report.h"

namespace postern::conf {

// Whether item is what AddressSet::parse understands, or "@file".  Opens nothing.
Result<void> check_address_list_item(const std::string& item);

// Makes the names of files among items whole: relative ones are beside the main file, as those of
// @include are.
void locate_address_files(std::vector<std::string>& items, const std::string& directory);

// The set that the items of setting stand for; each has been checked.  Reads the files: one item a
// line, but no further file; behind ";" or "#" is a comment, and empty lines are nothing.  What is
// wrong with a line is reported with the name and line of that file.
AddressSet read_address_list(const std::vector<std::string>& items, const std::string& setting,
                             Report& report);

}  // namespace postern::conf
