#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/02-docs.t - the documents and the program say the same.
#
# What exists is read from the sources and from posternd -T; what is documented from the manual
# pages, etc/postern.conf and the READMEs.  Both ways: what is missing, and what is no longer true.

use strict;
use warnings;
use Test::More;

my $posternd = $ENV{POSTERND} // ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternd';
my @pages    = sort glob 'man/*.[1-8]';

sub text_of {
    my ($path) = @_;
    open( my $file, '<', $path ) or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

-x $posternd or BAIL_OUT("$posternd is missing; run make first");

my %sources = map { $_ => text_of($_) } glob 'src/*/*.{cpp,h}';

# The standard output and standard error of a command.
sub output_of {
    my @command = @_;
    my $pid     = open( my $out, '-|' ) // die "fork: $!\n";
    if ( $pid == 0 ) {
        open( STDERR, '>&', \*STDOUT ) or die "stderr: $!\n";
        alarm 60;
        exec { $command[0] } @command or die "exec $command[0]: $!\n";
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return $text;
}

# One section of a manual page.
sub section {
    my ( $page, $title ) = @_;
    my ($text) = text_of($page) =~ /^\.Sh \Q$title\E\n(.*?)(?=^\.Sh |\z)/ms;
    return $text // die "$page has no section $title\n";
}

sub same {
    my ( $existing, $documented, $name ) = @_;
    my %exists        = map { $_ => 1 } @$existing;
    my %is_documented = map { $_ => 1 } @$documented;
    my @missing       = grep { !$is_documented{$_} } sort keys %exists;
    my @untrue        = grep { !$exists{$_} } sort keys %is_documented;
    ok( %exists && !@missing && !@untrue, $name );
    diag("exists, but is not documented: $_")       for @missing;
    diag("is documented so, but does not exist: $_") for @untrue;
}

sub none {
    my ( $wrong, $name ) = @_;
    ok( !@$wrong, $name );
    diag($_) for @$wrong;
}

# ---- Settings

# Each setting of the table, with its default as libconfig writes it; undef if none always holds.
sub table_of_settings {
    my ($rows) =
      $sources{'src/conf/settings.cpp'} =~ /^constexpr std::array table\{\n(.*?)^\};/ms;
    my $literal = qr/"((?:[^"\\]|\\.)*)"/;
    my %default;
    while ( $rows =~ /\b(\w+)\($literal,\s*(?:Type::\w+,\s*)?(?:$literal)?/g ) {
        my ( $kind, $path, $value ) = ( $1, $2, $3 );
        $value =~ s/\\(.)/$1/g if defined $value;
        $default{$path} = $kind eq 'list' ? '[ ]' : $value;
    }
    return %default;
}

# The values that a configuration gives to each setting.
sub settings_in {
    my ($text) = @_;
    my ( @groups, %values );
    while (1) {
        next if $text =~ /\G(?:[\s,;]+|#.*)/gc;
        last if $text =~ /\G\z/gc;
        if    ( $text =~ /\G(\w+)\s*=\s*\{/gc ) { push @groups, "$1." }
        elsif ( $text =~ /\G(\w+)\s*=\s*\(/gc ) { push @groups, "$1\[]." }
        elsif ( $text =~ /\G\{/gc )             { push @groups, '' }
        elsif ( $text =~ /\G[})]/gc )           { pop @groups }
        elsif ( $text =~ /\G(\w+)\s*=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^;\s]+)/gc ) {
            push @{ $values{ join '', @groups, $1 } }, $2;
        }
        else { die 'not understood: ' . substr( $text, pos($text) // 0, 60 ) . "\n" }
    }
    return %values;
}

sub without_comments {
    my ($text) = @_;
    return $text =~ s/("(?:[^"\\]|\\.)*")|#.*/$1 \/\/ ''/egr;
}

# What the text says if each setting that stands in a comment were set.
sub uncommented {
    my ($text) = @_;
    my @lines;
    for my $line ( split /\n/, $text ) {
        my $commented = $line =~ s/^[\s#]*#\s?//;
        $line = without_comments($line);
        push @lines, $line if !$commented || $line =~ /^\s*(?:,?\s*[{}()]|\w+\s*=\s)/;
    }
    return join "\n", @lines;
}

# The default that an entry of postern.conf(5) names, as libconfig writes it.
sub default_of_entry {
    my ($mdoc) = @_;
    return $mdoc =~ /^Qq(?: (.*))?$/ ? '"' . ( $1 // '' ) . '"' : $mdoc;
}

my %default = table_of_settings();
my %entry   = text_of('man/postern.conf.5') =~ /^\.It Ic ([\w.\[\]]+) No = (.*)$/mg;
my %printed = settings_in( output_of( $posternd, '-T', '-c', 'etc/postern.conf' ) );
my $example = text_of('etc/postern.conf');
my %set     = settings_in( without_comments($example) );
my %shown   = settings_in( uncommented($example) );

same( [ keys %default ], [ keys %entry ], 'postern.conf(5) has the settings' );
same( [ keys %default ], [ keys %shown ], 'etc/postern.conf shows the settings' );
none(
    [ map { "posternd -T prints $_" } grep { !exists $default{$_} } sort keys %printed ],
    'posternd -T prints settings of the table only'
);

my @with_default = grep { defined $default{$_} } sort keys %default;
none( [ map { "$_ is missing" } grep { !/\[\]/ && !$printed{$_} } @with_default ],
    'posternd -T prints every setting that has a default' );
same(
    [ map { "$_ = $default{$_}" } @with_default ],
    [ map { "$_ = " . default_of_entry( $entry{$_} // '' ) } @with_default ],
    'postern.conf(5) has the defaults'
);

my @by_default = grep { !$set{$_} } @with_default;
none(
    [
        map { "not shown: $_ = $default{$_}" }
        grep { my $name = $_; !grep { $_ eq $default{$name} } @{ $shown{$name} } } @by_default
    ],
    'etc/postern.conf shows the defaults of what it does not set'
);

# ---- Flags and exit codes

my ($getopt) = $sources{'src/daemon/options.cpp'} =~ /getopt\(argc, argv, "([^"]+)"\)/;
my @flags = $getopt =~ /(\w:?)/g;
same(
    \@flags,
    [
        map { s/ .+/:/r }
          section( 'man/posternd.8', 'DESCRIPTION' ) =~ /^\.It Fl (\w(?: Ar \w+)?)$/mg
    ],
    'posternd(8) describes the flags'
);
same(
    \@flags,
    [ map { s/ .+/:/r } section( 'man/posternd.8', 'SYNOPSIS' ) =~ /^\.Op Fl (\w(?: Ar \w+)?)$/mg ],
    'its synopsis has them'
);
same(
    \@flags,
    [ map { s/ .+/:/r } $sources{'src/daemon/options.cpp'} =~ /\[-(\w(?: \w+)?)\]/g ],
    'so has the usage message'
);

my %sysexit = (
    EX_OK => 0, EX_USAGE => 64, EX_DATAERR => 65, EX_NOINPUT => 66, EX_NOUSER => 67,
    EX_NOHOST => 68, EX_UNAVAILABLE => 69, EX_SOFTWARE => 70, EX_OSERR => 71, EX_OSFILE => 72,
    EX_CANTCREAT => 73, EX_IOERR => 74, EX_TEMPFAIL => 75, EX_PROTOCOL => 76, EX_NOPERM => 77,
    EX_CONFIG => 78,
);
my %folders_of = (
    'postern-sendmail.1' => qr{^src/sendmail/},
    'postern-adsp.8'     => qr{^src/(?:appletalk|gateway)/},
);
my ($of_others) = map { qr/$_/ } join '|', values %folders_of;
for (
    [ 'posternd.8' => grep { !/$of_others/ } keys %sources ],
    map { my $page = $_; [ $page => grep { /$folders_of{$page}/ } keys %sources ] }
    sort keys %folders_of
  )
{
    my ( $page, @paths ) = @$_;
    same(
        [ map { $sysexit{$_} // $_ } map { /\b(EX_[A-Z]+)\b/g } @sources{@paths} ],
        [ section( "man/$page", 'EXIT STATUS' ) =~ /^\.It (\d+)$/mg ],
        "$page has the exit codes"
    );
}

# The options of postern-sendmail that do something, and those that only other servers know.
my ( $known, $forgotten ) = ( $sources{'src/sendmail/options.cpp'} =~ /known = "\+([^"]+)"/,
    text_of('man/postern-sendmail.1') =~ /have no effect:\n(.*?)\n\.Bl /s );
same(
    [ $known =~ /(\w)/g ],
    [
        ( map { /\b(\w)\b/g } $forgotten =~ /^\.Fl (.*)$/mg ),
        map { /Fl (\w)/g }
          section( 'man/postern-sendmail.1', 'DESCRIPTION' ) =~ /^\.It (Fl \w.*)$/mg
    ],
    'postern-sendmail(1) has the options'
);

my ($of_adsp) = $sources{'src/appletalk/main.cpp'} =~ /getopt\(argc, argv, "([^"]+)"\)/;
same(
    [ $of_adsp =~ /(\w)/g ],
    [ section( 'man/postern-adsp.8', 'DESCRIPTION' ) =~ /^\.It Fl (\w)/mg ],
    'postern-adsp(8) describes the flags'
);
same(
    [ $of_adsp =~ /(\w)/g ],
    [ section( 'man/postern-adsp.8', 'SYNOPSIS' ) =~ /\bFl (\w)/g ],
    'its synopsis has them'
);

# ---- Log events

# The arguments of each call of a function, up to the closing parenthesis, and what is before it.
sub calls_of {
    my ( $function, $text ) = @_;
    my @calls;
    while ( $text =~ /\Q$function\E(\((?:[^()"]|"(?:[^"\\]|\\.)*"|(?1))*\))/g ) {
        push @calls, [ $1, substr( $text, 0, $-[0] ) ];
    }
    return @calls;
}

my ( %level, %keys );

sub add_event {
    my ( $event, $arguments ) = @_;
    my ($level) = $arguments =~ /\blog::Level::(\w+)/;
    $level{$event}{ $level // 'unknown' } = 1;
    $keys{$event}{$_} = 1 for $arguments =~ /\{\s*"(\w+)",/g;
}

for my $path ( sort keys %sources ) {
    my $text = $sources{$path};
    for ( calls_of( 'log::write', $text ) ) {
        my ( $arguments, $before ) = @$_;
        if ( $arguments =~ /^\(\s*log::Level::\w+,\s*"(\w+)"/ ) {
            add_event( $1, $arguments );
            next;
        }

        # A function that is given the name of the event: its callers know it.
        my $wrapper = ( $before =~ /(\w+)\(std::string_view event\b/g )[-1]
          // die "$path: log::write with an event that has no literal name\n";
        for my $other ( values %sources ) {
            add_event( $_, $arguments ) for $other =~ /\b$wrapper\("(\w+)"/g;
        }
    }
}

none(
    [ grep { my %of = %{ $keys{$_} }; grep { $of{$_} } qw(time level process event) } sort keys %keys ],
    'no event has a field that each JSON object has anyway'
);

same(
    [ map { join ' ', $_, keys %{ $level{$_} }, sort keys %{ $keys{$_} } } keys %level ],
    [
        map {
            /^\.It Cm (\w+) Po Em (\w+) Pc(?: Va (.+))?$/
              ? join( ' ', $1, $2, sort split / /, $3 // '' )
              : ()
        } split /\n/,
        section( 'man/posternd.8', 'LOG EVENTS' )
    ],
    'posternd(8) has the events, their levels and their fields'
);
my @of_spool = section( 'man/postern-spool.5', 'DIAGNOSTICS' ) =~ /^\.It Li (\w+)$/mg;
none( [ map { "no event: $_" } grep { !$level{$_} } @of_spool ],
    'postern-spool(5) tells of events that exist' );

# ---- Replies

# Those that something asks for; texts that nobody uses reach no client.
sub replies_in_use {
    my $text   = $sources{'src/mail/reply.cpp'};
    my $others = join '', map { $sources{$_} } grep { $_ ne 'src/mail/reply.cpp' } keys %sources;
    my %code   = $text =~ /^Reply (\w+)\([^)]*\) \{\n\s+(.*)$/mg;
    my @codes;
    for my $name ( grep { $others =~ /\breply::$_\b/ } sort keys %code ) {
        push @codes,
            $code{$name} =~ /^return \{(\d{3}), ""/               ? $1
          : $code{$name} =~ /^return \{(\d{3}), "(\d\.\d+\.\d+)"/ ? "$1 $2"
          : $code{$name} =~ /^return goodbye\("(\d\.\d+\.\d+)"/   ? "421 $1"
          :   "something that this test does not understand: $name";
    }
    return @codes;
}

my @replies = replies_in_use();
same(
    \@replies,
    [ section( 'man/posternd.8', 'REPLIES' ) =~ /^\.It (\d{3}(?: \d\.\d+\.\d+)?)$/mg ],
    'posternd(8) has the replies'
);
my %is_in_use = map { $_ => 1 } @replies;
for my $page (@pages) {
    my @named = text_of($page) =~ /\b([2-5]\d\d [245]\.\d{1,3}\.\d{1,3})\b/g;
    none( [ map { "no reply: $_" } grep { !$is_in_use{$_} } @named ],
        "$page names replies that exist" );
}

# ---- READMEs

# A document names files by their path from the top, or from its own directory; NAME is any name.
for my $document ( 'README.md', 'src/README.md' ) {
    my $text  = text_of($document);
    my $own   = $document =~ s{[^/]*$}{}r;
    my @links = $text =~ /\]\(([^):#]+)\)/g;
    my @paths = grep { !/NAME/ } $text =~ /`([\w.\/-]*\w\.(?:cpp|h|t|md|ac|[1-8]))`/g;
    none( [ map { "no such file: $_" } grep { !-e && !-e "$own$_" } @links, @paths ],
        "$document names files that exist" );

    my %is_target = map { $_ => 1 } map { split ' ' } text_of('Makefile') =~ /^([a-z][a-z -]*):/mg;
    my @made = $text =~ /\bmake ([a-z-]+)[`\n ]/g;
    none( [ map { "no such target: $_" } grep { !$is_target{$_} } @made ],
        "$document names targets of make that exist" );
}
same(
    [ map { m{^src/(\w+)/$} } glob 'src/*/' ],
    [ text_of('src/README.md') =~ m{^\| `(\w+)/` }mg ],
    'src/README.md has the folders'
);

# ---- Form

sub is_installed {
    my ($program) = @_;
    return grep { -x "$_/$program" } split /:/, $ENV{PATH};
}

for my $page (@pages) {
    for my $command ( [qw(mandoc -Tlint -W warning)], [qw(groff -mdoc -ww -z)] ) {
      SKIP: {
            skip "$command->[0] is not installed", 1 if !is_installed( $command->[0] );
            is( output_of( @$command, $page ), '', "$command->[0] has no complaint about $page" );
        }
    }
}

done_testing();
