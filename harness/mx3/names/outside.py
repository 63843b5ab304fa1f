"""Names MuMax3 knows and this engine does not, grouped by the reason; and names that are not MuMax3's.

In: nothing. Out: the tables the world turns into refusals: a script is stopped before it starts, its author
told why.
"""

from __future__ import annotations

ADDED_TERMS = "adding field or energy terms is"
SCALED_EXCHANGE = "scaling exchange between regions is"
SCALED_DMI = "scaling the Dzyaloshinskii-Moriya interaction between regions is"
OTHER_ENERGY = (ADDED_TERMS, SCALED_EXCHANGE, SCALED_DMI)
"""What makes the energy another one than the rest of a script tells."""
GROUPS = {
    SCALED_DMI: "ext_ScaleDind ext_InterDind",
    SCALED_EXCHANGE: "ext_ScaleExchange ext_InterExchange",
    ADDED_TERMS: "AddFieldTerm AddEdensTerm RemoveCustomFields RemoveCustomEnergies",
    "shifting the simulation window is": "Shift ShiftM ShiftGeom ShiftRegions ShiftMagL ShiftMagR ShiftMagU "
    "ShiftMagD EdgeCarryShift",
    "following a domain wall with the simulation window is": "ext_centerWall ext_centerWallInRegion "
    "ext_centerWallInLayer ext_dwpos ext_dwxpos ext_dwspeed",
    "following a bubble with the simulation window is": "ext_centerBubble ext_enableCenterBubbleX "
    "ext_enableCenterBubbleY",
    "finding the tilt of a domain wall is": "ext_dwtilt",
    "finding the vortex core is": "ext_corepos",
    "finding a bubble is": "ext_bubblepos ext_bubbledist ext_bubblespeed ext_BubbleMz ext_BackGroundTilt",
    "counting topological charges is": "ext_topologicalcharge ext_topologicalchargedensity "
    "ext_topologicalchargelattice ext_topologicalchargedensitylattice",
    "computing Hopf indices is": "ext_hopfindex_twopointstencil ext_hopfindex_fivepointstencil "
    "ext_hopfindex_solidangle ext_hopfindex_solidanglefourier ext_hopfindexdensity_twopointstencil "
    "ext_hopfindexdensity_fivepointstencil ext_hopfindexdensity_solidangle "
    "ext_emergentmagneticfield_twopointstencil ext_emergentmagneticfield_fivepointstencil "
    "ext_emergentmagneticfield_solidangle HopfionCompactSupport",
    "making grains is": "ext_makegrains ext_make3dgrains ext_grainCutShape",
    "making a rough surface is": "GrainRoughness",
    "making a shape from a picture is": "ImageShape",
    "reading the geometry from a file is": "ext_InitGeomFromOVF",
    "magnetic force microscopy is": "MFM MFMLift MFMDipole",
    "averaging over time is": "RunningAverage ClearPostSteps",
    "reading a function from a file is": "FunctionFromDatafile",
    "MuMax3's own dump format is": "DUMP",
}
AMUMAX = (
    "AutoSaveAs AutoSaveAsChunk AutoSaveOvf Chunk CopyMRange Diamond FeedbackLoop Hexagon LoadOvfFile "
    "RTriangle Radial ReCreateMesh RegionFromCoordinate RunShell RunWithoutPrecession SaveAsChunk SaveOvf "
    "SaveOvfAs SetTotalSize ShapeFromRegion SmoothMesh Squircle TableAddAs Tunnel Wave cpwVectorMask "
    "fieldFromWireVectorMask magModulatedByMask readArrayFromFile readArrayFromString bessel round sum Nx "
    "Ny Nz dx dy dz Tx Ty Tz PBCx PBCy PBCz AutoMeshx AutoMeshy AutoMeshz MinimizeMaxSteps "
    "MinimizeMaxTimeSeconds"
)
"""Names that amumax adds, and that are free in MuMax3."""


def refusal(subject: str) -> str:
    """What to tell of a name of one group."""
    return f"{subject} not supported here; run this script with MuMax3"


_AMUMAX = "not a name of MuMax3 but of amumax, its fork: run this script with amumax, or define it with :="
ELSEWHERE = {name.lower(): _AMUMAX for name in AMUMAX.split()} | {"source": refusal("including a script is")}
"""What to tell of names that scripts may define, where they use them undefined."""
