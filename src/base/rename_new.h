// SPDX-License-Identifier: ISC
//
// base/rename_new.h - a rename that replaces nothing.

#pragma once

namespace postern {

// Renames within a directory that is open; both names may begin with directories in it.  Returns
// 0, or an errno: EEXIST if to is there.
int rename_new(int directory, const char* from, const char* to);

// What that does where the file system cannot refuse to replace, as NFS: it looks first.  Somebody
// else who puts a file there meanwhile loses it.
int look_and_rename(int directory, const char* from, const char* to);

}  // namespace postern
