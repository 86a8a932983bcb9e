# SPDX-License-Identifier: ISC
#
# Postern::Bench::Report - what was measured: medians in a table, all of it in JSON, and a chart.

package Postern::Bench::Report;

use strict;
use warnings;
use File::Path qw(make_path);
use JSON::PP;
use POSIX qw(strftime uname);

use Postern::Bench::Chart qw(chart);
use Postern::Command qw(run_command text_of);

my $column = 20;

# servers, cases, options: what is measured; build: where Postern was built
sub new {
    my ( $class, %options ) = @_;
    my $self = bless { %options, results => {}, floors => [] }, $class;
    $self->{machine} = machine();
    return $self;
}

sub machine {
    my ( $system, undef, $release ) = uname();
    my ($model) = text_of('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)$/m;
    my $cores   = () = text_of('/proc/cpuinfo') =~ /^processor\s*:/mg;
    my ($kib)   = text_of('/proc/meminfo') =~ /^MemTotal:\s+(\d+)/m;
    my ( undef, $commit ) = run_command(qw(git describe --always --dirty));
    chomp $commit;
    return {
        system    => "$system $release",
        processor => $model // 'unknown',
        cores     => $cores,
        gib       => sprintf( '%.0f', $kib / 1024 / 1024 ),
        date      => strftime( '%Y-%m-%d %H:%M UTC', gmtime ),
        commit    => $commit || 'of no known commit',
    };
}

sub head {
    my ($self)  = @_;
    my $machine = $self->{machine};
    my %option  = %{ $self->{options} };
    my $place   = $option{folder} ? "in $option{folder}" : 'on ext4, with its journal, in an image';
    $place .= ", $option{'flush-delay'} more for each flush" if $option{'flush-delay'};
    my $text = "$machine->{date}, Postern $machine->{commit}, $machine->{cores} cores "
      . "($machine->{processor}), $machine->{gib} GiB, $machine->{system}\n"
      . "$option{rounds} rounds of $option{seconds} s, medians, $place\n";
    for my $server ( @{ $self->{servers} } ) {
        $text .= '  ' . $server->title . ' ' . $server->version . ': ' . $server->holds . "\n";
    }
    return $text;
}

sub add_floor {
    my ( $self, $floor ) = @_;
    push @{ $self->{floors} }, $floor;
    return;
}

sub add {
    my ( $self, $case, $server, $result ) = @_;
    push @{ $self->{results}{ key_of($case) }{ $server->{name} } }, $result;
    return;
}

sub key_of {
    my ($case) = @_;
    return join ' ', map { "$_=$case->{$_}" } grep { defined $case->{$_} } sort keys %$case;
}

# ---- Figures

sub per_second {
    my ( $result, $what ) = @_;
    return $result->{seconds} ? $result->{$what} / $result->{seconds} : undef;
}

sub cpu_per {
    my ( $result, $what ) = @_;
    return $result->{$what} ? 1e6 * $result->{cpu_seconds} / $result->{$what} : undef;
}

my %figure = (
    messages   => sub { return per_second( shift, 'messages' ) },
    sessions   => sub { return per_second( shift, 'sessions' ) },
    cpu        => sub { return cpu_per( shift, 'messages' ) },
    cpu_shakes => sub { return cpu_per( shift, 'sessions' ) },
    p50        => sub { my ($result) = @_; return $result->{messages} ? $result->{p50_us} : undef },
    p99        => sub { my ($result) = @_; return $result->{messages} ? $result->{p99_us} : undef },
    kib        => sub { return shift->{kib} },
);

sub median {
    my @sorted = sort { $a <=> $b } grep { defined } @_;
    return undef if !@sorted;    # in lists too
    my $middle = @sorted >> 1;
    return @sorted % 2 ? $sorted[$middle] : ( $sorted[ $middle - 1 ] + $sorted[$middle] ) / 2;
}

# The median of a figure in a case; nothing if it was never had.
sub value {
    my ( $self, $case, $name, $figure ) = @_;
    my $results = $self->{results}{ key_of($case) }{$name} // [];
    return median( map { $figure{$figure}->($_) } @$results );
}

# ---- The table

sub text {
    my ($self) = @_;
    my $text = $self->floor_text;
    for my $group ( $self->groups ) {
        my ( $title, $is_more, $figure, @cases ) = @$group;
        next if !@cases;
        $text .= "\n$title" . ( $is_more ? '' : ', less is better' ) . "\n";
        $text .= $self->line( 'at once', map { $_->title } @{ $self->{servers} } );
        for my $case (@cases) {
            my $own = $self->value( $case, 'postern', $figure );
            $text .= $self->line(
                $case->{sessions} . ( $case->{tls} && $case->{part} eq 'idle' ? ' TLS' : '' ),
                map {
                    cell( $self->value( $case, $_->{name}, $figure ), $own, $is_more,
                        $_->{name} eq 'postern' )
                } @{ $self->{servers} }
            );
        }
    }
    return $text . $self->faults;
}

# A value, and how many times better Postern is.
sub cell {
    my ( $value, $own, $is_more, $is_own ) = @_;
    return '-'            if !defined $value;
    return number($value) if $is_own || !$own || $own <= 0 || $value <= 0;
    return sprintf '%s (x%.2f)', number($value), $is_more ? $own / $value : $value / $own;
}

sub number {
    my ($value) = @_;
    return sprintf( '%.1f', $value ) if $value < 100;
    my $text = sprintf '%.0f', $value;
    1 while $text =~ s/^(\d+)(\d{3})/$1,$2/;
    return $text;
}

sub line {
    my ( $self, $first, @cells ) = @_;
    return sprintf( '%-9s', $first ) . join( '', map { sprintf "%${column}s", $_ } @cells ) . "\n";
}

# Title, whether more is better, the figure, and the cases it is shown for.
sub groups {
    my ($self) = @_;
    my ( @groups, %seen );
    for my $case ( grep { $_->{part} =~ /^(?:speed|tls)$/ } @{ $self->{cases} } ) {
        next if $seen{"$case->{part} $case->{size} $case->{messages}"}++;
        my @same = grep {
                 $_->{part} eq $case->{part}
              && ( $_->{size} // 0 ) == $case->{size}
              && $_->{messages} == $case->{messages}
        } @{ $self->{cases} };
        my $what = sprintf '%s KiB, %d per session%s', $case->{size} / 1024, $case->{messages},
          $case->{tls} ? ', STARTTLS' : '';
        push @groups, [ "Messages a second, $what", 1, 'messages', @same ],
          [ "Microseconds of processor for a message, $what",         0, 'cpu', @same ],
          [ "Microseconds from end of data to 250, half of all, $what",    0, 'p50', @same ],
          [ "Microseconds from end of data to 250, 99 % of all, $what", 0, 'p99', @same ];
    }
    my @shakes = grep { $_->{part} eq 'handshakes' } @{ $self->{cases} };
    my @idle   = grep { $_->{part} eq 'idle' } @{ $self->{cases} };
    return (
        @groups,
        [ 'STARTTLS handshakes a second',              1, 'sessions',   @shakes ],
        [ 'Microseconds of processor for a handshake', 0, 'cpu_shakes', @shakes ],
        [ 'KiB of memory (PSS) for an idle connection', 0, 'kib', @idle ]
    );
}

sub floor_text {
    my ($self) = @_;
    my @floors = @{ $self->{floors} };
    return '' if !@floors;
    my $text = "\nThe disk alone, 32 messages of 4 KiB waiting: messages a second, microseconds of "
      . "processor for a message\n";
    for my $way ( 'naive', 'one directory sync', 'one syncfs', 'journal' ) {
        my @figures = map {
            my $figure = $_;
            number( median( map { $_->{$way}{$figure} } @floors ) )
        } qw(messages_per_second processor_us);
        $text .= sprintf "%-20s %9s %9s\n", $way, @figures;
    }
    return $text;
}

# What went wrong in sessions, of which a figure alone tells nothing.
sub faults {
    my ($self) = @_;
    my $text = '';
    for my $case ( @{ $self->{cases} } ) {
        my %of = %{ $self->{results}{ key_of($case) } // {} };
        for my $name ( sort keys %of ) {
            my %sum;
            for my $result ( @{ $of{$name} } ) {
                $sum{$_} += $result->{$_} // 0 for qw(refused broken stuck);
                $sum{fault} ||= $result->{failure} || $result->{fault};
            }
            next if !$sum{fault} && !grep { $sum{$_} } qw(refused broken stuck);
            $text .= sprintf "  %s, %s: %d refused, %d broken, %d hung%s\n", $name, key_of($case),
              @sum{qw(refused broken stuck)}, $sum{fault} ? ": $sum{fault}" : '';
        }
    }
    return $text && "\nSessions that failed\n$text";
}

# ---- Files

sub write {
    my ( $self, $folder ) = @_;
    make_path($folder);
    my %all = (
        machine => $self->{machine},
        options => $self->{options},
        servers => {
            map {
                $_->{name} => { title => $_->title, version => $_->version, held => $_->holds }
            } @{ $self->{servers} }
        },
        floors  => $self->{floors},
        results => $self->{results},
    );
    save( "$folder/compare.json", JSON::PP->new->canonical->pretty->encode( \%all ) );
    save( "$folder/compare.txt",  $self->head . $self->text );
    save( "$folder/compare.svg",  chart( $self->chart_title, $self->bars ) );
    return;
}

sub save {
    my ( $path, $text ) = @_;
    open( my $file, '>', $path ) or die "$path: $!\n";
    print {$file} $text;
    close $file or die "$path: $!\n";
    return;
}

sub chart_title {
    my ($self) = @_;
    my $machine = $self->{machine};
    return "Messages a second ($machine->{cores} cores, $machine->{date})";
}

# Groups of bars: a title, and a name and a value for each server.
sub bars {
    my ($self) = @_;
    my @groups;
    for my $case ( grep { $_->{part} eq 'speed' || $_->{part} eq 'tls' } @{ $self->{cases} } ) {
        my @values = map { [ $_->title, $self->value( $case, $_->{name}, 'messages' ) ] }
          @{ $self->{servers} };
        push @groups,
          [
            sprintf( '%d sessions, %d KiB, %d each%s',
                $case->{sessions}, $case->{size} / 1024,
                $case->{messages}, $case->{tls} ? ', TLS' : '' ),
            @values
          ];
    }
    return @groups;
}

1;
